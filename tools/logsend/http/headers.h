// The headers of a request: of those with the same name the first one counts. Passive.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace logsend::http {

class Headers {
 public:
  Headers() = default;
  explicit Headers(std::vector<std::string> first) : all_(std::move(first)) {}

  void add(std::string header);
  // In lower case.
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

// "Name: value"; else Kind::usage, whose why() does not show the value.
base::Result<void> check_header(std::string_view header);

// Of a file: one on each line; empty lines and those that begin with "#" are passed over.
base::Result<std::vector<std::string>> parse_headers(std::string_view text);

}  // namespace logsend::http
