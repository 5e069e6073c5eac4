#include "net/certificate.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

#include "base/quote.h"

namespace net {
namespace {

constexpr int kMostNames = 3;

using Release = void (*)(GENERAL_NAMES*);
using AlternativeNames = std::unique_ptr<GENERAL_NAMES, Release>;

AlternativeNames alternative_names(const X509* certificate) {
  return {static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
          [](GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }};
}

struct Name {
  int type;
  const ASN1_STRING* value;
};

Name name_at(const AlternativeNames& names, int index) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), index), &type);
  return {type, static_cast<const ASN1_STRING*>(value)};
}

std::string ip_text(const ASN1_STRING* address) {
  char text[INET6_ADDRSTRLEN] = "?";
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET || ASN1_STRING_length(address) == 16)
    (void)::inet_ntop(family, ASN1_STRING_get0_data(address), text, sizeof text);
  return text;
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

const ASN1_STRING* common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return place < 0 ? nullptr : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));
}

std::string utf8(const ASN1_STRING* text) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, text);
  if (size < 0) return {};
  std::string copy(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return copy;
}

}  // namespace

std::string certificate_names(const X509* certificate) {
  const AlternativeNames names = alternative_names(certificate);
  std::string all;
  int found = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const Name name = name_at(names, i);
    if (name.type != GEN_DNS && name.type != GEN_IPADD) continue;
    if (++found > kMostNames) return all + ", ...";
    all += (all.empty() ? "" : ", ") + (name.type == GEN_DNS ? base::quote(bytes_of(name.value)) : ip_text(name.value));
  }
  if (!all.empty()) return all;
  const ASN1_STRING* common = common_name(certificate);
  return common == nullptr ? "nobody" : base::quote(bytes_of(common));
}

std::string certificate_identity(const X509* certificate) {
  const AlternativeNames names = alternative_names(certificate);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i)
    if (const Name name = name_at(names, i); name.type == GEN_DNS) return std::string(bytes_of(name.value));
  const ASN1_STRING* common = common_name(certificate);
  return common == nullptr ? std::string() : utf8(common);
}

}  // namespace net
