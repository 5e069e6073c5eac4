// Leases: a byte of the file BUFFER/leases, locked as long as its holder lives (a record lock of the process,
// fcntl(2)). The kernel drops the lock when the process dies, however it dies. A child that is forked has none of its
// parent's locks: an open file description lock would be held by it until it has executed its command, and so outlive a
// parent that is killed. A process drops its locks when it closes any descriptor of the file: one Leases per buffer.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace logbuf {

class Leases {
 public:
  static base::Result<Leases> open(const std::string& directory);

  // For held() alone.
  static base::Result<Leases> open_to_look(const std::string& directory);

  // Locks `number` for as long as this object lives. False: another process holds it.
  base::Result<bool> take(std::uint64_t number);

  // The same, but waits for it; and gives it back.
  base::Result<void> wait_for(std::uint64_t number);
  void give_back(std::uint64_t number);

  // Touches the file, for those that watch it: a commit can be seen now.
  void announce() const;

  // Does another process hold it?
  [[nodiscard]] base::Result<bool> held(std::uint64_t number) const;

 private:
  base::Fd file_;
  std::string path_;
};

// One number space: claims' owners count up from 1, consumers' origins from here.
inline constexpr std::uint64_t kOriginLeases = std::uint64_t{1} << 62;
// Turns at LMDB's locks: see Txn::begin().
inline constexpr std::uint64_t kWriterTurn = kOriginLeases - 1;
inline constexpr std::uint64_t kBeginTurn = kOriginLeases - 2;

}  // namespace logbuf
