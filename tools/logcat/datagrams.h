// The source of datagram listeners: udp:// and unixgram:. Each datagram is a message, less one line end.
//
// Nobody is told to slow down: what the kernel drops because its buffer is full is counted (SO_RXQ_OVFL) and reported.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/inherited.h"
#include "net/listening_source.h"
#include "net/peer_log.h"
#include "net/url.h"

struct msghdr;

namespace logcat {

struct DatagramOptions {
  base::Bytes receive_buffer{8 << 20};  // asked of the kernel for each socket (--rcvbuf)
  std::shared_ptr<net::InheritedSockets> sockets = std::make_shared<net::InheritedSockets>();
};

class Datagrams final : public net::ListeningSource {
 public:
  static base::Result<std::unique_ptr<Datagrams>> open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                       DatagramOptions options, base::Report report);
  ~Datagrams() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t) override { return {}; }
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override;

  [[nodiscard]] std::vector<std::string> addresses() const override;
  const net::Peer* peer(std::uint64_t position) override { return peer_log_.of(position); }

 private:
  struct Socket;
  struct Buffers;

  Datagrams(event::Loop& loop, base::Report report);
  base::Result<void> add(const net::Url& url, const DatagramOptions& options);
  base::Result<bool> receive(Socket& socket, stream::Batch& batch);
  std::shared_ptr<const net::Peer> peer_of(Socket& socket, const msghdr& header);
  void count_loss(Socket& socket, msghdr& header);

  event::Loop& loop_;
  base::Report report_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::unique_ptr<Buffers> buffers_;
  net::PeerLog peer_log_;
  event::Timer tell_loss_;
  std::uint64_t messages_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t lost_told_ = 0;
  std::uint64_t cut_ = 0;
  bool stopped_ = false;
};

}  // namespace logcat
