// What the tests of the APIs that logsend speaks have in common: an API, and the body of a few messages.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"
#include "tools/logsend/http/api.h"

namespace logsend::http {

// Made with the options given, as on a command line.
inline std::unique_ptr<Api> make_api(const Kind& kind, const std::vector<std::string>& options = {},
                                     const Setting& setting = {}) {
  static constexpr cli::Verb kVerb{
      .name = "", .summary = "", .usage = "", .examples = "", .declare = [](cli::CommandLine&, const cli::Context&) {
        return cli::Action();
      }};
  static const cli::Context context;
  cli::CommandLine line(kVerb, context);
  const MakeApi make = kind.declare(line);
  REQUIRE(line.parse(options));
  auto api = make(setting);
  REQUIRE(api);
  return std::move(*api);
}

inline constexpr std::string_view kKey = "0123456789ABCDEF0123456789ABCDEF";

// Messages as the sink collects them.
class Collected {
 public:
  explicit Collected(const Api& api) : api_(api) {}

  Collected& add(std::string_view text, std::string_view key = {}, const codec::Event& event = {}) {
    REQUIRE(api_.encode(bytes_, {.text = text, .event = event, .key = key}));
    ends_.push_back(bytes_.size());
    return *this;
  }

  [[nodiscard]] Parts parts() const { return {bytes_, ends_, kKey}; }
  // Its body is valid while this is.
  Request request() {
    space_.clear();
    return api_.assemble(parts(), space_);
  }
  [[nodiscard]] Verdict judge(int status, std::string_view body = {}) const {
    return api_.judge(parts(), {.status = status, .body = body});
  }

 private:
  const Api& api_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
  std::string space_;
};

}  // namespace logsend::http
