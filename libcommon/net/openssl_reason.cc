#include "net/openssl_reason.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <string_view>

#include "base/result.h"

namespace net {
namespace {

// What OpenSSL's own words leave unclear.
const char* plainer_reason(unsigned long error) {
  const int library = ERR_GET_LIB(error);
  const int reason = ERR_GET_REASON(error);
  if (library == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE)
    return "there is nothing of the kind in it; PEM is needed";
  if (library == ERR_LIB_OSSL_DECODER && reason == ERR_R_UNSUPPORTED) return "there is no private key in it";
  if (reason == ERR_R_INTERRUPTED_OR_CANCELLED || (library == ERR_LIB_PEM && reason == PEM_R_BAD_PASSWORD_READ))
    return "it has a pass phrase, and nobody is there to type it";
  if (library == ERR_LIB_X509 && reason == X509_R_KEY_VALUES_MISMATCH) return "it does not belong to the certificate";
  if (library != ERR_LIB_SSL) return nullptr;
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return "what the peer sends is not TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return "the peer speaks no version of TLS from 1.2 on";
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return "the peer closed the connection";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return "the peer shows no certificate";
    default:
      return nullptr;
  }
}

// "tlsv13 alert certificate required": the peer says so, and the version does not matter.
std::string alert_reason(std::string_view text) {
  constexpr std::string_view kMark = "alert ";
  const std::string_view alert = text.substr(text.find(kMark) + kMark.size());
  std::string reason = "the peer refused: " + std::string(alert);
  if (alert == "certificate required") reason += "; show one with --tls-cert-file";
  return reason;
}

bool is_alert(unsigned long error, std::string_view text) {
  return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET &&
         text.find("alert ") != text.npos;
}

std::string explain(unsigned long error) {
  if (error == 0) return "OpenSSL does not say why";
  if (ERR_SYSTEM_ERROR(error)) return base::system_reason(ERR_GET_REASON(error));
  if (const char* plainer = plainer_reason(error)) return plainer;
  const char* text = ERR_reason_error_string(error);
  if (text == nullptr) return "OpenSSL error " + std::to_string(error);
  return is_alert(error, text) ? alert_reason(text) : text;
}

}  // namespace

std::string take_openssl_reason() {
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  return explain(error);
}

}  // namespace net
