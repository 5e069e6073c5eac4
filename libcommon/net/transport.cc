#include "net/transport.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/tls_session.h"

namespace net {

using base::Result;
using base::Transfer;

Transport::Transport(base::Fd fd, std::string name, std::unique_ptr<TlsSession> tls)
    : fd_(std::move(fd)), name_(std::move(name)), tls_(std::move(tls)) {}
Transport::Transport(Transport&&) noexcept = default;
Transport& Transport::operator=(Transport&&) noexcept = default;
Transport::~Transport() = default;

Result<Transport> Transport::open(base::Fd fd, std::string name, const TlsContext* tls, std::string_view host) {
  std::unique_ptr<TlsSession> session;
  if (tls != nullptr) session = TRY(TlsSession::create(*tls, fd.get(), name, host));
  return Transport(std::move(fd), std::move(name), std::move(session));
}

Result<bool> Transport::handshake() {
  return tls_ ? tls_->handshake() : true;
}

Result<Transfer> Transport::read_some(std::span<char> into) {
  if (tls_) return tls_->read_some(into);
  return base::read_some(fd_.get(), into, name_);
}

bool Transport::buffered() const {
  return tls_ && tls_->buffered();
}

Result<Transfer> Transport::write_some(std::string_view bytes) {
  if (tls_) return tls_->write_some(bytes);
  return base::write_some(fd_.get(), bytes, name_);
}

Result<bool> Transport::shut_down() {
  if (tls_ && !TRY(tls_->say_goodbye())) return false;
  if (::shutdown(fd_.get(), SHUT_WR) != 0) return base::fail_errno(base::Kind::io, errno, "shut down " + name_);
  return true;
}

bool Transport::wants_write() const {
  return tls_ && tls_->wants_write();
}

std::uint64_t Transport::acknowledged(std::uint64_t on_wire) {
  return tls_ ? tls_->acknowledged(on_wire) : on_wire;
}

bool Transport::accepted() const {
  return !tls_ || tls_->accepted();
}

std::string Transport::peer_identity() const {
  return tls_ ? tls_->peer_identity() : std::string();
}

}  // namespace net
