// What TLS must know before there is a connection: certificates, whom to trust, whom to expect.
//
// TLS 1.2 and up; no session resumption, renegotiation, compression or ALPN. OpenSSL is included in .cc files only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/report.h"
#include "base/result.h"

struct ssl_ctx_st;

namespace net {

enum class TlsRole { server, client };

// Whether the peer's certificate is looked at. With `optional` a client may come without one, but a bad one is refused;
// a server always shows one, so for a client it is the same as `required`.
enum class TlsVerify { none, optional, required };

struct TlsOptions {
  std::string cert_file = {};  // PEM: ours, then those between it and its authority
  std::string key_file = {};   // PEM, without a pass phrase; empty: it stands in cert_file
  std::string ca_file = {};    // PEM: the authorities to trust; empty: the system's
  // None: `required` for a client, and for a server where ca_file or peer is given, else `none`.
  std::optional<TlsVerify> verify = {};
  // The name or IP address that the peer's certificate must be for; empty: a client expects the host of its URL, a
  // server takes any.
  std::string peer = {};

  // Nothing is asked for.
  [[nodiscard]] bool empty() const {
    return cert_file.empty() && key_file.empty() && ca_file.empty() && !verify && peer.empty();
  }
};

class TlsContext {
 public:
  // Reads the files: Kind::config says which of them is wrong and why. A server needs a certificate. `report` hears of
  // a key that others can read and of a certificate that has expired.
  static base::Result<std::shared_ptr<TlsContext>> create(TlsRole role, TlsOptions options, base::Report report);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // Reads the files again, for connections yet to come. After an error all stays as it was.
  base::Result<void> reload();

  [[nodiscard]] TlsRole role() const { return role_; }
  [[nodiscard]] TlsVerify verify() const;
  // The name to expect of a peer that was addressed as `host`; empty: any.
  [[nodiscard]] std::string expected_peer(std::string_view host) const;

  // OpenSSL's SSL_CTX; until the next reload.
  [[nodiscard]] ssl_ctx_st* native() const { return native_; }

 private:
  TlsContext(TlsRole role, TlsOptions options, base::Report report);
  [[nodiscard]] base::Result<ssl_ctx_st*> load() const;

  TlsRole role_;
  TlsOptions options_;
  base::Report report_;
  ssl_ctx_st* native_ = nullptr;
};

}  // namespace net
