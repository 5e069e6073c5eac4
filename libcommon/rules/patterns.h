// Named patterns in grok's syntax, and expressions that use them.
//
// A file has one pattern to a line: its name, white space, a regular expression; lines that are empty or start with "#"
// mean nothing. In an expression %{NAME} stands for a pattern, %{NAME:field} makes what it matches a field, and
// %{NAME:field:int} (or :float) a number. (?<field>...) makes a field without a pattern.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rules {

enum class CaptureType { text, integer, real };

struct Capture {
  std::string field;
  CaptureType type = CaptureType::text;
};

// The regular expression that an expression with patterns stands for. captures[n] is its group "_n".
struct ExpandedPattern {
  std::string regex;
  std::vector<Capture> captures;
};

class Patterns {
 public:
  // The names of a pattern are letters, digits, "_", "." and "-". A pattern of the same name that is there already is
  // replaced. Errors are Kind::config and name file and line.
  base::Result<void> add_file(const std::string& path);
  // All files in it, those in its folders not, in the order of their names; hidden ones and those that end in "~" are
  // left out.
  base::Result<void> add_directory(const std::string& path);
  // `origin` is said in errors, "FILE:LINE".
  base::Result<void> add(std::string_view name, std::string_view expression, std::string origin);

  [[nodiscard]] bool has(std::string_view name) const { return patterns_.contains(name); }
  [[nodiscard]] std::size_t size() const { return patterns_.size(); }
  [[nodiscard]] std::vector<std::string> names() const;

  // Unknown names, cycles, bad field names and expressions that become too long are errors: of Kind::config with file
  // and line of the pattern that they are in, or of Kind::usage with the column in the expression.
  [[nodiscard]] base::Result<ExpandedPattern> expand(std::string_view expression) const;

  // Why an expression that expand() accepts is no good regular expression, where the fault is in one of its patterns:
  // the error names its file and line. Success: none of them is at fault.
  [[nodiscard]] base::Result<void> explain(std::string_view expression) const;

  // Whether every pattern is good by itself.
  [[nodiscard]] base::Result<void> check() const;

 private:
  struct Pattern {
    std::string expression;
    std::string origin;
  };
  class Expander;

  std::map<std::string, Pattern, std::less<>> patterns_;
};

// Where the patterns that come with logpipe are: share/logpipe/patterns of the installation of this program, or
// patterns/ of the tree that it was built in. Empty: not known.
std::string shipped_patterns_folder();

}  // namespace rules
