// What a User-Agent says of itself, by the regular expressions of uap-core (regexes.yaml, as Debian's package uap-core
// has it).
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/regex.h"

namespace rules {

// Empty: not known.
struct UserAgent {
  std::string browser;
  std::string browser_version;  // "121.0.6167"
  std::string os;
  std::string os_version;
  bool bot = false;
};

// Can be used by several threads at once.
class UserAgents {
 public:
  // Kind::data for a file that is no such file.
  static base::Result<std::shared_ptr<const UserAgents>> read(const std::string& path);

  // Only the first kilobyte is looked at.
  UserAgent identify(std::string_view text, MatchSpace& space) const;

  // The first of the expressions that is none, with the reason; nothing: all are good. Compiles all of them, while
  // identify() compiles those that it needs.
  [[nodiscard]] std::optional<std::string> first_fault() const;

 private:
  // An expression, and what stands for its groups: the first is a name, the others are parts of a version. Empty: the
  // group of this number as it is.
  struct Rule {
    std::string expression;
    bool any_case = false;
    std::vector<std::string> replacements = std::vector<std::string>(5);
    std::vector<std::string> required{};  // literals, see regex_literals.h

    const Regex* regex() const;  // null: it is none

   private:
    mutable std::once_flag once_;
    mutable std::optional<Regex> regex_;
  };
  class Reader;
  struct Match {
    std::string name;
    std::string version;
  };
  using Rules = std::deque<Rule>;

  static std::optional<Match> first_match(const Rules& rules, std::string_view text, MatchSpace& space);

  Rules browsers_;
  Rules systems_;
  Rules devices_;
};

}  // namespace rules
