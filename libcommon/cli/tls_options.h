// The options of TLS, for what listens and for what connects.
#pragma once

#include "net/tls.h"

namespace CLI {
class App;
}

namespace cli {

// --tls-cert-file, --tls-key-file, --tls-ca-file, --tls-verify, --tls-peer. Only spelled and parsed here:
// net::TlsContext reads the files.
void declare_tls(CLI::App& app, net::TlsOptions& options);

}  // namespace cli
