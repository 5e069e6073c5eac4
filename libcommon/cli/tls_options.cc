#include "cli/tls_options.h"

#include <initializer_list>
#include <utility>

#include "cli/options.h"

namespace cli {
namespace {

Option add_file(CommandLine& line, const std::string& name, std::string& value, const std::string& help) {
  return line.add_text(name, value, help).value_name("FILE").group(kTlsGroup);
}

Choices<net::TlsVerify> verify_choices() {
  return {
      {"none", net::TlsVerify::none}, {"optional", net::TlsVerify::optional}, {"required", net::TlsVerify::required}};
}

}  // namespace

void declare_tls(CommandLine& line, net::TlsOptions& options) {
  Option cert = add_file(line, "--tls-cert-file", options.cert_file,
                         "the certificate to present (PEM), followed by its intermediate certificates");
  add_file(line, "--tls-key-file", options.key_file, "the private key (default: in the certificate file)").needs(cert);
  add_file(line, "--tls-ca-file", options.ca_file, "certificate authorities to trust, instead of those of the system");
  add_choice(
      line, "--tls-verify", options.verify, verify_choices(),
      "none, optional or required: whether peers must present a certificate; certificates that are presented must "
      "be valid, except with none (default: required; none when listening without --tls-ca-file and --tls-peer)")
      .value_name("WHEN")
      .group(kTlsGroup);
  add_file(line, "--tls-peer", options.peer,
           "the name that the peer's certificate must be for (default: the host connected to; any when listening)")
      .value_name("NAME");
}

std::vector<std::string> tls_words(const net::TlsOptions& options) {
  using Word = std::pair<const char*, const std::string&>;
  std::vector<std::string> words;
  for (const auto& [name, value] :
       {Word("--tls-cert-file", options.cert_file), Word("--tls-key-file", options.key_file),
        Word("--tls-ca-file", options.ca_file), Word("--tls-peer", options.peer)})
    if (!value.empty()) words.insert(words.end(), {name, value});
  for (const auto& [name, verify] : verify_choices())
    if (options.verify == verify) words.insert(words.end(), {"--tls-verify", name});
  return words;
}

}  // namespace cli
