#include "tools/logcat/datagrams.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/socket.h"

namespace logcat {
namespace {

constexpr std::size_t kAtOnce = 64;         // in one system call
constexpr std::size_t kLongest = 64 << 10;  // UDP's limit; longer ones of a unix socket are reported as cut
constexpr base::Duration kTellLoss = std::chrono::seconds(1);

std::string_view without_line_end(std::string_view datagram) {
  if (!datagram.empty() && (datagram.back() == '\n' || datagram.back() == '\0')) datagram.remove_suffix(1);
  return datagram;
}

// Forced where we may, and as much as allowed where not.
void set_receive_buffer(int fd, base::Bytes size) {
  const int bytes = static_cast<int>(std::min<std::uint64_t>(size.count, 1 << 30));
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

// The kernel's counter, which for an inherited socket started before us.
std::uint32_t dropped_before(int fd) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t length = sizeof info;
  return ::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info.data(), &length) == 0 ? info[SK_MEMINFO_DROPS] : 0;
}

}  // namespace

struct Datagrams::Socket {
  base::Fd fd;
  net::Url url;
  std::string address;
  std::uint16_t port;
  bool inherited;
  event::Io readable;
  std::uint32_t dropped = 0;  // the kernel's counter
  std::string last_from{};    // the sockaddr that last_peer was made from
  std::shared_ptr<const net::Peer> last_peer{};
  bool ready = true;
};

struct Datagrams::Buffers {
  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kAtOnce * kLongest);
  std::array<mmsghdr, kAtOnce> headers{};
  std::array<iovec, kAtOnce> pieces{};
  std::array<sockaddr_storage, kAtOnce> peers{};
  struct alignas(cmsghdr) Control {
    std::array<char, 64> bytes;
  };
  std::array<Control, kAtOnce> controls{};

  void prepare() {
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      pieces[i] = {bytes.get() + i * kLongest, kLongest};
      headers[i].msg_hdr = {
          &peers[i], sizeof peers[i], &pieces[i], 1, controls[i].bytes.data(), controls[i].bytes.size(), 0};
    }
  }
};

Datagrams::Datagrams(event::Loop& loop, base::Report report)
    : loop_(loop), report_(std::move(report)), buffers_(std::make_unique<Buffers>()), tell_loss_(loop, [this] {
        report_(base::Level::warning, "receive datagrams: the kernel dropped " + std::to_string(lost_ - lost_told_) +
                                          ", since its buffer was full; see --rcvbuf");
        lost_told_ = lost_;
      }) {}

Datagrams::~Datagrams() {
  for (const auto& socket : sockets_)
    if (!socket->inherited) net::unlink_listener(socket->url);
}

base::Result<std::unique_ptr<Datagrams>> Datagrams::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                         DatagramOptions options, base::Report report) {
  std::unique_ptr<Datagrams> source(new Datagrams(loop, std::move(report)));
  for (const net::Url& url : urls) TRY(source->add(url, options));
  return source;
}

base::Result<void> Datagrams::add(const net::Url& url, const DatagramOptions& options) {
  net::Listening listening = TRY(options.sockets->listen(url));
  for (base::Fd& fd : listening.sockets) {
    const int number = fd.get();
    set_receive_buffer(number, options.receive_buffer);
    const int on = 1;
    (void)::setsockopt(number, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    const std::string local = net::local_address(number);
    const auto port = is_unix(url) ? 0 : std::stoi(local.substr(local.rfind(':') + 1));
    auto socket = std::make_unique<Socket>(
        Socket{std::move(fd), url, url.scheme + (is_unix(url) ? ":" : "://") + local, static_cast<std::uint16_t>(port),
               listening.inherited, event::Io(loop_, number, event::Interest::read, [this, index = sockets_.size()] {
                 sockets_[index]->ready = true;
                 sockets_[index]->readable.stop();
               })});
    socket->dropped = dropped_before(number);
    sockets_.push_back(std::move(socket));
  }
  return {};
}

base::Result<stream::Next> Datagrams::read(stream::Batch& batch, std::size_t limit) {
  if (stopped_) return stream::Next::end;
  const std::size_t start = batch.bytes();
  bool more = false;
  for (const auto& socket : sockets_) {
    while (socket->ready && batch.bytes() - start < limit) {
      socket->ready = TRY(receive(*socket, batch));
      if (!socket->ready) socket->readable.start();
    }
    more = more || socket->ready;
  }
  return more ? stream::Next::more : stream::Next::wait;
}

// False: nothing is left.
base::Result<bool> Datagrams::receive(Socket& socket, stream::Batch& batch) {
  buffers_->prepare();
  const int count = ::recvmmsg(socket.fd.get(), buffers_->headers.data(), kAtOnce, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED) return errno != EAGAIN;
    return base::fail_errno(base::Kind::io, errno, "receive on " + socket.address);
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    msghdr& header = buffers_->headers[i].msg_hdr;
    batch.append(without_line_end({static_cast<const char*>(header.msg_iov->iov_base), buffers_->headers[i].msg_len}));
    peer_log_.add(++messages_, peer_of(socket, header));
    if ((header.msg_flags & MSG_TRUNC) != 0 && cut_++ == 0)
      report_(base::Level::warning,
              "receive on " + socket.address + ": a datagram of more than 64 KiB was cut, and so will be others");
    count_loss(socket, header);
  }
  return true;
}

std::shared_ptr<const net::Peer> Datagrams::peer_of(Socket& socket, const msghdr& header) {
  const std::string_view from(static_cast<const char*>(header.msg_name), header.msg_namelen);
  if (socket.last_peer && from == socket.last_from) return socket.last_peer;
  socket.last_from = from;
  const auto* address = static_cast<const sockaddr*>(header.msg_name);
  socket.last_peer = std::make_shared<const net::Peer>(
      net::Peer{net::host_text(address, header.msg_namelen), socket.port, socket.url.scheme});
  return socket.last_peer;
}

void Datagrams::count_loss(Socket& socket, msghdr& header) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SO_RXQ_OVFL) continue;
    std::uint32_t dropped = 0;
    std::memcpy(&dropped, CMSG_DATA(each), sizeof dropped);
    lost_ += dropped - socket.dropped;  // modulo 2^32, as the kernel counts
    socket.dropped = dropped;
  }
  if (lost_ > lost_told_ && !tell_loss_.active()) tell_loss_.start(kTellLoss);
}

std::vector<std::string> Datagrams::addresses() const {
  std::vector<std::string> all;
  for (const auto& socket : sockets_) all.push_back(socket->address);
  return all;
}

std::string Datagrams::state() const {
  return std::to_string(messages_) + " datagrams, " + std::to_string(lost_) + " dropped by the kernel, " +
         std::to_string(cut_) + " cut";
}

}  // namespace logcat
