#include "net/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <utility>

#include "net/certificate.h"
#include "net/expected_peer.h"
#include "net/openssl_reason.h"

namespace net {
namespace {

using base::Kind;
using base::Result;
using base::Transfer;

// For servers that put off the answer to a key update until they have something to say (OpenSSL, GnuTLS).
constexpr base::Duration kPatience = std::chrono::seconds(2);

int verify_mode(TlsVerify verify) {
  switch (verify) {
    case TlsVerify::none:
      return SSL_VERIFY_NONE;
    case TlsVerify::optional:
      return SSL_VERIFY_PEER;
    case TlsVerify::required:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

bool is_mismatch(int code) {
  return code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

bool is_unknown_authority(int code) {
  return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY || code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN || code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

bool is_about_certificates(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return false;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return true;
    default:
      return false;
  }
}

}  // namespace

TlsSession::TlsSession(SSL* ssl, TlsRole role, std::string name) : ssl_(ssl), role_(role), name_(std::move(name)) {}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
}

Result<std::unique_ptr<TlsSession>> TlsSession::create(const TlsContext& context, int fd, std::string name,
                                                       std::string_view host) {
  ERR_clear_error();
  SSL* ssl = SSL_new(context.native());
  if (ssl == nullptr) return base::fail(Kind::unavailable, "start TLS with " + name, take_openssl_reason());
  std::unique_ptr<TlsSession> session(new TlsSession(ssl, context.role(), std::move(name)));
  if (SSL_set_fd(ssl, fd) != 1)
    return base::fail(Kind::unavailable, "start TLS with " + session->name_, take_openssl_reason());
  SSL_set_app_data(ssl, session.get());
  SSL_set_verify(ssl, verify_mode(context.verify()), note_verification);
  if (context.role() == TlsRole::server) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
    SSL_set_msg_callback(ssl, note_message);
    SSL_set_msg_callback_arg(ssl, session.get());
  }
  TRY(session->expect_peer(context.expected_peer(host)));
  return session;
}

Result<void> TlsSession::expect_peer(std::string name) {
  expected_ = std::move(name);
  if (expected_.empty()) return {};
  // Server Name Indication has no IP addresses (RFC 6066, section 3).
  const bool says_name = role_ == TlsRole::client && !is_ip_address(expected_);
  const bool set = net::expect_peer(SSL_get0_param(ssl_), expected_);
  if (!set || (says_name && SSL_set_tlsext_host_name(ssl_, expected_.c_str()) != 1))
    return base::fail(Kind::usage, "start TLS with " + name_, "'" + expected_ + "' is no name of a host");
  return {};
}

// Where the certificate is at hand: in an error of the handshake it no longer is.
int TlsSession::note_verification(int good, X509_STORE_CTX* store) noexcept {
  if (good == 1) return 1;
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& self = *static_cast<TlsSession*>(SSL_get_app_data(ssl));
  const int code = X509_STORE_CTX_get_error(store);
  if (SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return 0;  // a client looks, and goes on all the same
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (is_mismatch(code) && certificate != nullptr)
    self.refusal_ = "the certificate is for " + certificate_names(certificate) + ", not for \"" + self.expected_ +
                    "\"; see --tls-peer";
  else
    self.refusal_ = X509_verify_cert_error_string(code);
  if (is_unknown_authority(code)) self.refusal_ += "; name its authority with --tls-ca-file";
  return 0;
}

// A server that answers our key update has read past our certificate. A session ticket says less: some servers look at
// certificates only after the handshake.
void TlsSession::note_message(int sent, int, int type, const void* bytes, std::size_t size, SSL*, void* arg) noexcept {
  if (sent != 0 || type != SSL3_RT_HANDSHAKE || size == 0) return;
  auto& self = *static_cast<TlsSession*>(arg);
  const auto message = *static_cast<const unsigned char*>(bytes);
  if (message == SSL3_MT_CERTIFICATE_REQUEST) self.certificate_asked_ = true;
  if (message == SSL3_MT_KEY_UPDATE) self.accepted_ = true;
}

// With TLS 1.3 a client is done before the server has looked at its certificate. Whatever is written until then is
// acknowledged by the server's kernel and lost if the server says no.
void TlsSession::ask_for_a_sign() {
  if (role_ == TlsRole::server || !certificate_asked_ || SSL_version(ssl_) < TLS1_3_VERSION) return;
  accepted_ = false;
  patience_end_ = base::now() + kPatience;
  SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED);
  (void)SSL_do_handshake(ssl_);  // sends it; what cannot be sent now goes before the next write
  ERR_clear_error();
}

Result<bool> TlsSession::handshake() {
  ERR_clear_error();
  const std::string what = role_ == TlsRole::client ? "connect to " + name_ : "start TLS with " + name_;
  errno = 0;
  const int returned = SSL_do_handshake(ssl_);
  auto step = judge(returned, errno, what);
  if (!step) return tl::unexpected(handshake_error(std::move(step.error())));
  wants_write_ = *step == Step::wants_write;
  if (*step == Step::wants_read || wants_write_) return false;
  if (*step != Step::moved)
    return base::fail(Kind::protocol, what,
                      role_ == TlsRole::client
                          ? "the peer closed the connection during the TLS handshake; is it a port without TLS?"
                          : "the peer closed the connection during the handshake");
  starved_ = false;  // what follows the handshake may have been read with it
  ask_for_a_sign();
  return true;
}

base::Error TlsSession::handshake_error(base::Error error) const {
  if (!refusal_.empty()) {
    error.kind = Kind::permission;
    error.why = "certificate verify failed: " + refusal_;
  }
  return error;
}

Result<TlsSession::Step> TlsSession::judge(int returned, int errnum, const std::string& what) {
  if (returned > 0) return Step::moved;
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_WANT_READ:
      return Step::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Step::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return Step::closed;
    case SSL_ERROR_SYSCALL:
      if (errnum == 0) return Step::closed;
      ERR_clear_error();
      return base::fail_errno(Kind::io, errnum, what);
    default:
      break;
  }
  const unsigned long error = ERR_peek_error();
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    ERR_clear_error();
    return Step::closed;
  }
  const Kind kind = is_about_certificates(error) ? Kind::permission : Kind::protocol;
  return base::fail(kind, what, take_openssl_reason());
}

Result<TlsSession::Step> TlsSession::read_once(std::span<char> into, std::size_t& bytes) {
  ERR_clear_error();
  errno = 0;
  const int returned = SSL_read_ex(ssl_, into.data(), into.size(), &bytes);
  return judge(returned, errno, "read " + name_);
}

Result<Transfer> TlsSession::read_some(std::span<char> into) {
  Transfer got;
  while (!failure_ && !ended_ && got.bytes < into.size()) {
    std::size_t bytes = 0;
    auto step = read_once(into.subspan(got.bytes), bytes);
    if (!step) {
      failure_ = std::move(step.error());
      break;
    }
    wants_write_ = *step == Step::wants_write;
    starved_ = wants_write_ || *step == Step::wants_read;
    ended_ = *step == Step::closed;
    if (*step != Step::moved) break;
    got.bytes += bytes;
    accepted_ = true;
    if (SSL_has_pending(ssl_) == 0) break;
  }
  answer_key_update();
  if (got.bytes > 0) return got;
  outcome_told_ = failure_ || ended_;
  if (failure_) return tl::unexpected(*failure_);
  got.end = ended_;
  got.would_block = !got.end;
  return got;
}

// OpenSSL would wait for our next write, and a listener may never write.
void TlsSession::answer_key_update() {
  if (role_ == TlsRole::client || SSL_get_key_update_type(ssl_) == SSL_KEY_UPDATE_NONE || failure_) return;
  ERR_clear_error();
  SSL_key_update(ssl_, SSL_KEY_UPDATE_NOT_REQUESTED);
  (void)SSL_do_handshake(ssl_);  // what cannot be sent now makes the next read wait for it
  ERR_clear_error();
}

bool TlsSession::buffered() const {
  if (failure_ || ended_) return !outcome_told_;
  return !starved_ && SSL_has_pending(ssl_) != 0;
}

Result<Transfer> TlsSession::write_some(std::string_view bytes) {
  Transfer done;
  while (done.bytes < bytes.size()) {
    ERR_clear_error();
    std::size_t taken = 0;
    errno = 0;
    const int returned = SSL_write_ex(ssl_, bytes.data() + done.bytes, bytes.size() - done.bytes, &taken);
    auto step = judge(returned, errno, "write " + name_);
    if (!step) return tl::unexpected(with_last_words(std::move(step.error())));
    if (*step == Step::wants_write || *step == Step::wants_read) break;
    if (*step != Step::moved) return base::fail(Kind::io, "write " + name_, "the peer closed the connection");
    done.bytes += taken;
    written_ += taken;
    if (role_ == TlsRole::client) marks_.add(written_, BIO_number_written(SSL_get_wbio(ssl_)));
  }
  done.would_block = done.bytes == 0 && !bytes.empty();
  return done;
}

// A peer that refuses us says why and closes, and then it is the write that fails first.
base::Error TlsSession::with_last_words(base::Error error) {
  if (error.code != EPIPE && error.code != ECONNRESET) return error;
  std::array<char, 4096> ignored;
  std::size_t bytes = 0;
  const auto words = read_once(ignored, bytes);
  return words || words.error().code != 0 ? error : words.error();
}

Result<bool> TlsSession::say_goodbye() {
  if (failure_) return true;  // OpenSSL allows no more calls
  ERR_clear_error();
  errno = 0;
  const int returned = SSL_shutdown(ssl_);
  if (returned == 0) return true;  // ours is sent; the peer's has not come
  return TRY(judge(returned, errno, "shut down " + name_)) != Step::wants_write;
}

std::uint64_t TlsSession::acknowledged(std::uint64_t on_wire) {
  return accepted() ? marks_.plaintext_in(on_wire) : 0;
}

bool TlsSession::accepted() const {
  return accepted_ || base::now() >= patience_end_;
}

std::string TlsSession::peer_identity() const {
  const X509* certificate = SSL_get0_peer_certificate(ssl_);
  const bool verified = SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE && SSL_get_verify_result(ssl_) == X509_V_OK;
  if (certificate == nullptr || !verified) return {};
  return expected_.empty() ? certificate_identity(certificate) : expected_;
}

}  // namespace net
