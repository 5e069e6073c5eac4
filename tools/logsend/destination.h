// What the addresses on the command line mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/url.h"

namespace logsend {

enum class Kind { file, stream, datagram, relp, logd };

// All of one kind: a file, a datagram socket, or servers in order of preference.
struct Destination {
  Kind kind = Kind::file;
  std::string file;            // a path, perhaps with strftime(3) conversions
  std::vector<net::Url> urls;  // of the other kinds

  [[nodiscard]] bool needs_tls() const;
};

base::Result<Destination> parse_destination(const std::vector<std::string>& addresses);

// For an address of a scheme that is not built in: the program that knows it, "logsend-foo" for "foo://...".
std::optional<std::string> plugin_name(std::string_view address);

}  // namespace logsend
