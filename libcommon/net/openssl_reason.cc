#include "net/openssl_reason.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

#include "base/quote.h"
#include "base/result.h"

namespace net {
namespace {

constexpr int kMostNames = 3;

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

std::string ip_text(const ASN1_STRING* address) {
  char text[INET6_ADDRSTRLEN] = "?";
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET || ASN1_STRING_length(address) == 16)
    (void)::inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof text);
  return text;
}

std::string quoted(const ASN1_STRING* text) {
  return base::quote(
      {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))});
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place < 0) return "nobody";
  return quoted(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
}

}  // namespace

std::string take_openssl_reason() {
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  return explain(error);
}

std::string certificate_names(const X509* certificate) {
  const auto release = [](GENERAL_NAMES* names) { GENERAL_NAMES_free(names); };
  const std::unique_ptr<GENERAL_NAMES, decltype(release)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)), release);
  std::string all;
  int found = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const auto* value =
        static_cast<ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type != GEN_DNS && type != GEN_IPADD) continue;
    if (++found > kMostNames) return all + ", ...";
    all += (all.empty() ? "" : ", ") + (type == GEN_DNS ? quoted(value) : ip_text(value));
  }
  return all.empty() ? common_name(certificate) : all;
}

}  // namespace net
