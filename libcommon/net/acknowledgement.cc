#include "net/acknowledgement.h"

#include <linux/sockios.h>
#include <linux/tcp.h>  // glibc's own tcp_info is older than tcpi_bytes_acked
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

#include "net/socket.h"

namespace net {
namespace {

// include/net/tcp_states.h; <netinet/tcp.h>, which names them too, cannot be included beside <linux/tcp.h>.
constexpr unsigned kEstablished = 1;
constexpr unsigned kCloseWait = 8;
constexpr unsigned kLostProbes = 4;  // window probes in a row that nobody answered: the peer is gone

base::Result<tcp_info> get_tcp_info(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return base::fail_errno(base::Kind::unavailable, errno, "ask for TCP_INFO");
  if (size < offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked)
    return base::fail(base::Kind::unavailable, "ask for TCP_INFO",
                      "this system does not count acknowledged bytes; Linux 4.1 does");
  return info;
}

}  // namespace

base::Result<AckCounter> AckCounter::open(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
    return base::fail_errno(base::Kind::io, errno, "ask for a socket's domain");
  if (domain == AF_UNIX) return AckCounter(fd, false, 0);
  // The SYN counts as one byte where we connected; taking the difference does not depend on that.
  const tcp_info info = TRY(get_tcp_info(fd));
  return AckCounter(fd, true, info.tcpi_bytes_acked);
}

std::optional<std::uint64_t> AckCounter::acknowledged(std::uint64_t sent) const {
  return tcp_ ? acknowledged_by_kernel() : read_by_peer(sent);
}

// Not SIOCOUTQ: it says what is still queued, and "written less queued" turns wrong as soon as a queue is thrown away
// (a reset, a timeout) between our looking at the state and at the queue. tcpi_bytes_acked only ever grows, by bytes
// that an ACK covered, and comes with the state in one call under the socket's lock.
//
// The state still matters. In CLOSE_WAIT the peer has sent a FIN: it closed with nothing left to read (otherwise its
// kernel sends a reset), so what it acknowledged has reached the process. In CLOSE a reset came: what was
// acknowledged last may have died unread in the peer's kernel, so nothing new is counted and all of that is sent again.
std::optional<std::uint64_t> AckCounter::acknowledged_by_kernel() const {
  const auto info = get_tcp_info(fd_);
  if (!info || (info->tcpi_state != kEstablished && info->tcpi_state != kCloseWait)) return std::nullopt;
  return info->tcpi_bytes_acked - start_;
}

// Either its window is closed, or nothing is in flight, so that all that waits is held back by the little that is left
// of the window; and its kernel answers the probes of ours. What it closed its window on stays "in flight".
bool AckCounter::peer_is_full() const {
  if (!tcp_) return true;  // a unix peer that is gone is noticed at once
  const auto info = get_tcp_info(fd_);
  if (!info || info->tcpi_state != kEstablished || info->tcpi_probes >= kLostProbes) return false;
  return info->tcpi_unacked == 0 || info->tcpi_snd_wnd == 0;
}

// For a unix socket SIOCOUTQ counts memory: unread bytes and the kernel's overhead with them, so the difference is a
// lower bound, and exact when the queue is empty. A peer that closes throws its queue away, but is marked as closed
// before that: looking at the queue first and at the mark second cannot miss it.
std::optional<std::uint64_t> AckCounter::read_by_peer(std::uint64_t sent) const {
  const auto queued = unacknowledged_bytes(fd_);
  pollfd entry{fd_, 0, 0};  // POLLHUP and POLLERR are always looked for
  if (!queued || ::poll(&entry, 1, 0) != 0) return std::nullopt;
  return sent > *queued ? sent - *queued : 0;
}

bool is_unacknowledged(int fd) {
  int waiting = 0;
  return ::ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting > 0;
}

}  // namespace net
