// What the addresses on the command line ask for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/url.h"

namespace logcat {

// Files, or listeners, which may be of several kinds.
struct Sources {
  std::vector<net::Url> files;      // "-" and paths, in order
  std::vector<net::Url> streams;    // tcp, tls and unix
  std::vector<net::Url> datagrams;  // udp and unixgram
  std::vector<net::Url> relp;
  std::vector<net::Url> relps;

  [[nodiscard]] std::vector<net::Url> listeners() const;  // of every kind
  [[nodiscard]] bool listens() const { return files.empty(); }
  [[nodiscard]] bool needs_tls() const;
  // Ends by itself and can be run again: files, and no pipe on stdin.
  [[nodiscard]] bool one_shot() const;
};

// No address at all is stdin.
base::Result<Sources> parse_sources(const std::vector<std::string>& addresses);

// The program that knows a scheme which is not built in: "logcat-foo" for foo://x; nothing for other addresses.
std::optional<std::string> plugin_name(std::string_view address);

}  // namespace logcat
