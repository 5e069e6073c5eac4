// What a tool reads from, or sends to, as a const table: an entry for each kind of endpoint, in a file of its own that
// holds all there is to say about it. Dispatch, the list in --help, completions, the list of known schemes in errors
// and "this option does not belong to that scheme" come from the table.
//
//   constexpr cli::Scheme kSchemes[] = {{"relp", "relp://[HOST]:PORT"}, {"relps", "relps://[HOST]:PORT"}};
//   constexpr std::string_view kOptions[] = {"--max-connections", "--idle-timeout"};
//   constexpr cli::Endpoint kRelp{kSchemes, "clients that speak RELP", kOptions};
//
// A tool's own entries have an Endpoint and what opens it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/meant.h"
#include "net/url.h"

namespace cli {

class CommandLine;
struct OptionText;

struct Scheme {
  // As net::Url has it: "relps", "file", "-". The options of TLS (cli/tls_options.h) belong to those that use it.
  std::string_view name;
  std::string_view form;  // how its addresses are written, for --help: "relps://HOST:PORT"
};

struct Endpoint {
  std::span<const Scheme> schemes;
  std::string_view summary;                        // one line for --help
  std::span<const std::string_view> options = {};  // their long names, where they do not belong to all endpoints
};

// What a program of this suite's own in libexec has beside what the tool has (cli/plugin.h). It is described like the
// tool's own entries, but not found among them.
struct Elsewhere {
  std::span<const Scheme> schemes;
  std::string_view summary;
};

class Endpoints {
 public:
  // `tool` is its name, `use` what it does with endpoints. The entries must outlive this.
  Endpoints(std::string_view tool, Use use, std::vector<const Endpoint*> all);
  // The same of a tool's own entries, each of which has an `endpoint`.
  template <class Entry>
  Endpoints(std::string_view tool, Use use, std::span<const Entry* const> entries) : Endpoints(tool, use, {}) {
    for (const Entry* entry : entries) all_.push_back(&entry->endpoint);
  }

  // The entries must outlive this.
  void set_elsewhere(std::span<const Elsewhere> elsewhere) { elsewhere_ = elsewhere; }

  // Which of them has the scheme.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view scheme) const;

  // One of the addresses needs TLS.
  [[nodiscard]] static bool use_tls(const std::vector<net::Url>& urls);

  // The error for a URL whose scheme none of them has; `address` is as it was given.
  [[nodiscard]] base::Error unknown(const net::Url& url, const std::string& address) const;

  // The program that knows a scheme which is not built in: "logcat-foo" for foo://x; nothing for other arguments.
  [[nodiscard]] std::optional<std::string> plugin(std::string_view address) const;

  // For --help (`heading` is "Sources") and completions; and a check of the options: each that was given must belong to
  // one of the addresses at least, where it does not belong to all endpoints. No address at all is stdin. Call it when
  // all options are declared; `addresses` and this must outlive the command line.
  void declare(CommandLine& line, const std::string& heading, const std::vector<std::string>& addresses) const;

 private:
  [[nodiscard]] const Scheme* scheme(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> owners(const OptionText& option) const;
  [[nodiscard]] base::Result<void> check_options(const CommandLine& line,
                                                 const std::vector<std::string>& addresses) const;

  std::string tool_;
  Use use_;
  std::vector<const Endpoint*> all_;
  std::span<const Elsewhere> elsewhere_;
};

}  // namespace cli
