// The options of TLS, for what listens and for what connects.
#pragma once

#include <string>
#include <vector>

#include "net/tls.h"

namespace cli {

class CommandLine;

// The heading under which they stand.
inline constexpr char kTlsGroup[] = "TLS";

// --tls-cert-file, --tls-key-file, --tls-ca-file, --tls-verify, --tls-peer. Only spelled and parsed here:
// net::TlsContext reads the files.
void declare_tls(CommandLine& line, net::TlsOptions& options);
// The same options as words, for the command line of another tool.
std::vector<std::string> tls_words(const net::TlsOptions& options);

}  // namespace cli
