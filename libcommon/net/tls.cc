#include "net/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/fd.h"
#include "net/openssl_reason.h"

namespace net {
namespace {

using base::Kind;
using base::Result;

// Two records: a sender of small messages makes many small ones, which are then read together. A peer that sends half a
// record holds so much memory.
constexpr std::size_t kReadAhead = 32 << 10;

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, Free>;

// So that nobody is asked for one on a terminal.
int no_pass_phrase(char*, int, int, void*) noexcept {
  return -1;
}

Result<void> check_readable(const std::string& path, const std::string& what) {
  const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return base::fail_errno(Kind::config, errno, what);
  return {};
}

auto fail_load(std::string what) {
  return base::fail(Kind::config, std::move(what), take_openssl_reason());
}

Context make_context(TlsRole role) {
  Context context(SSL_CTX_new(role == TlsRole::server ? TLS_server_method() : TLS_client_method()));
  if (!context) return context;
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_clear_options(raw, SSL_OP_ENABLE_KTLS);  // openssl.cnf may ask for it; the kernel then hides what it wrote
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_default_read_buffer_len(raw, kReadAhead);
  SSL_CTX_set_dh_auto(raw, 1);
  SSL_CTX_set_default_passwd_cb(raw, no_pass_phrase);
  return context;
}

void warn_of_open_key(const std::string& path, const base::Report& report) {
  struct stat status {};
  constexpr mode_t kTooOpen = S_IRWXO | S_IWGRP;
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & kTooOpen) == 0) return;
  report(base::Level::warning, "load key " + path + ": others than its owner and group can use it; chmod 640");
}

void warn_of_old_certificate(const SSL_CTX* context, const std::string& path, const base::Report& report) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (certificate != nullptr && X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    report(base::Level::warning, "load certificate " + path + ": it has expired, so peers will refuse it");
}

Result<void> load_own(SSL_CTX* context, const TlsOptions& options, const base::Report& report) {
  if (options.cert_file.empty()) return {};
  const std::string what = "load certificate " + options.cert_file;
  TRY(check_readable(options.cert_file, what));
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1) return fail_load(what);
  const std::string& key = options.key_file.empty() ? options.cert_file : options.key_file;
  const std::string what_key = "load key " + key;
  TRY(check_readable(key, what_key));
  // Checks as well that the two belong together.
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) return fail_load(what_key);
  warn_of_open_key(key, report);
  warn_of_old_certificate(context, options.cert_file, report);
  return {};
}

Result<void> load_authorities(SSL_CTX* context, TlsRole role, const std::string& path) {
  if (path.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return fail_load("load the system's certificate authorities");
    return {};
  }
  const std::string what = "load certificate authorities " + path;
  TRY(check_readable(path, what));
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context, path.c_str()) != 1) return fail_load(what);
  // Clients choose from their certificates by the authorities they are told.
  if (role == TlsRole::server) SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(path.c_str()));
  ERR_clear_error();
  return {};
}

Result<void> check_options(TlsRole role, const TlsOptions& options, TlsVerify verify) {
  const std::string what = "set up TLS";
  if (role == TlsRole::server && options.cert_file.empty())
    return base::fail(Kind::usage, what, "a listener needs a certificate: --tls-cert-file");
  if (!options.key_file.empty() && options.cert_file.empty())
    return base::fail(Kind::usage, what, "--tls-key-file needs --tls-cert-file");
  if (!options.peer.empty() && verify == TlsVerify::none)
    return base::fail(Kind::usage, what, "--tls-peer means nothing with --tls-verify none");
  return {};
}

}  // namespace

TlsContext::TlsContext(TlsRole role, TlsOptions options, base::Report report)
    : role_(role), options_(std::move(options)), report_(std::move(report)) {}

TlsContext::~TlsContext() {
  SSL_CTX_free(native_);
}

Result<std::shared_ptr<TlsContext>> TlsContext::create(TlsRole role, TlsOptions options, base::Report report) {
  std::shared_ptr<TlsContext> made(new TlsContext(role, std::move(options), std::move(report)));
  TRY(check_options(role, made->options_, made->verify()));
  made->native_ = TRY(made->load());
  return made;
}

Result<void> TlsContext::reload() {
  SSL_CTX* fresh = TRY(load());
  SSL_CTX_free(std::exchange(native_, fresh));  // connections have counted references of their own
  return {};
}

Result<SSL_CTX*> TlsContext::load() const {
  ERR_clear_error();
  Context context = make_context(role_);
  if (!context) return base::fail(Kind::unavailable, "set up TLS", take_openssl_reason());
  TRY(load_own(context.get(), options_, report_));
  if (verify() != TlsVerify::none) TRY(load_authorities(context.get(), role_, options_.ca_file));
  return context.release();
}

TlsVerify TlsContext::verify() const {
  if (options_.verify) return *options_.verify;
  const bool asked = role_ == TlsRole::client || !options_.ca_file.empty() || !options_.peer.empty();
  return asked ? TlsVerify::required : TlsVerify::none;
}

std::string TlsContext::expected_peer(std::string_view host) const {
  if (!options_.peer.empty()) return options_.peer;
  if (role_ == TlsRole::server) return {};
  return host.empty() ? "localhost" : std::string(host);  // a URL without a host connects to loopback
}

}  // namespace net
