#include "cli/tls_options.h"

#include <CLI/CLI.hpp>
#include <string>

namespace cli {
namespace {

constexpr char kGroup[] = "TLS";

net::TlsVerify parse_verify(const std::string& name) {
  if (name == "none") return net::TlsVerify::none;
  if (name == "optional") return net::TlsVerify::optional;
  if (name == "required") return net::TlsVerify::required;
  throw CLI::ValidationError("--tls-verify", "'" + name + "' is not none, optional or required");
}

CLI::Option* add_file(CLI::App& app, const std::string& name, std::string& value, const std::string& help) {
  return app.add_option(name, value, help)
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group(kGroup);
}

}  // namespace

void declare_tls(CLI::App& app, net::TlsOptions& options) {
  CLI::Option* cert = add_file(app, "--tls-cert-file", options.cert_file,
                               "the certificate to show (PEM), then those between it and its authority");
  add_file(app, "--tls-key-file", options.key_file, "its key; without this option it stands in the certificate's file")
      ->needs(cert);
  add_file(app, "--tls-ca-file", options.ca_file, "the authorities to trust, instead of the system's");
  app.add_option_function<std::string>(
         "--tls-verify", [&options](const std::string& name) { options.verify = parse_verify(name); },
         "none, optional or required: whether peers must show a certificate; one that is shown must be good, but for "
         "none (default: required; when listening without --tls-ca-file and --tls-peer none)")
      ->type_name("WHEN")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group(kGroup);
  add_file(app, "--tls-peer", options.peer,
           "the name that the peer's certificate must be for (default: the host connected to; when listening any)")
      ->type_name("NAME");
}

}  // namespace cli
