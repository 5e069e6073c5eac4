// How many of the bytes written to a connected socket the other side has taken.
//
// TCP: the peer's kernel has acknowledged them (TCP_INFO, tcpi_bytes_acked; Linux 4.1). Unix sockets: the peer's
// process has read them (SIOCOUTQ). Neither says that the peer has stored anything.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"

namespace net {

class AckCounter {
 public:
  // Make it after connecting and before the first write. Does not own the descriptor.
  static base::Result<AckCounter> open(int fd);

  // The count, given how many were written; it may be too low for a while and is never too high. Nothing: the
  // connection is over and there will be no more counts.
  [[nodiscard]] std::optional<std::uint64_t> acknowledged(std::uint64_t sent) const;

  // The peer lives and has closed its window: it does not read now. That is back pressure and no reason to connect
  // anew.
  [[nodiscard]] bool peer_is_full() const;

 private:
  AckCounter(int fd, bool tcp, std::uint64_t start) : fd_(fd), tcp_(tcp), start_(start) {}
  [[nodiscard]] std::optional<std::uint64_t> acknowledged_by_kernel() const;
  [[nodiscard]] std::optional<std::uint64_t> read_by_peer(std::uint64_t sent) const;

  int fd_;
  bool tcp_;
  std::uint64_t start_;  // what the kernel had counted before the first write
};

// Of what was written to a connected TCP socket, the peer's kernel has yet to acknowledge something: the peer cannot
// have read all of it. False also where that is not known.
bool is_unacknowledged(int fd);

}  // namespace net
