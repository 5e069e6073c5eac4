// Properties of librdkafka (its CONFIGURATION.md): those that people give with -X or in a file, and those that follow
// from an address and the options that all tools have. Passive, but for reading files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"
#include "net/tls.h"
#include "net/url.h"

namespace kafka {

struct Property {
  std::string name;
  std::string value;
};
// Of a name that stands twice the last one counts.
using Properties = std::vector<Property>;

struct Options {
  Properties given;         // -X
  std::string file;         // --property-file; empty: none
  std::string credentials;  // a file; empty: none
};

// -X and --property, and --property-file. Files are not read here.
void declare(cli::CommandLine& line, Options& options, const std::string& group);

// "NAME=VALUE". An error for what has an option of its own, breaks receipts, or, unless it stands in a file, is secret;
// the value does not show in it.
base::Result<Property> parse_property(std::string_view text, bool in_file);

// A property on each line; empty lines and those that start with '#' are left out.
base::Result<Properties> parse_properties(std::string_view text);

// All that a connection to the address needs; the files are read now. Kind::config for those that cannot be used,
// Kind::usage for TLS options that librdkafka has not.
base::Result<Properties> read_properties(const Options& options, const net::Url& url, const net::TlsOptions& tls);

}  // namespace kafka
