// Regular expressions in PCRE2's syntax over bytes that may be anything, compiled to machine code where that can be
// trusted (docs/decisions/0033). No match takes long: what needs too many steps is given up.
//
// (?<name>...) captures, also several times under one name; plain parentheses do not, unless that is asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rules {

// What one thread needs to match, for any number of expressions. The groups of a match are here until the next one.
class MatchSpace {
 public:
  MatchSpace();
  MatchSpace(MatchSpace&&) noexcept;
  MatchSpace& operator=(MatchSpace&&) noexcept;
  ~MatchSpace();

 private:
  friend class Regex;
  struct State;
  std::unique_ptr<State> state_;
};

// Can be used by several threads at once, each with its own MatchSpace.
class Regex {
 public:
  enum class Case { exact, any };
  enum class Groups {
    named,  // only these capture
    all,    // plain parentheses too, by their number
  };
  enum class Outcome {
    matched,
    none,
    limit,  // given up: it takes too many steps, too deep a recursion or too much memory
  };
  struct Group {
    std::string name;
    unsigned number;
  };

  // Kind::usage with "column N: what is wrong" as its reason.
  static base::Result<Regex> compile(std::string_view expression, Case letters = Case::exact,
                                     Groups capturing = Groups::named);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // The first match in the subject, wherever it is.
  Outcome match(std::string_view subject, MatchSpace& space) const;

  // Of the last match, in that subject; of 0, all of it. Empty: the group took no part, or matched nothing.
  static std::string_view group(std::string_view subject, const MatchSpace& space, unsigned number);

  // In the order of their numbers.
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }

  // Whether it runs without machine code.
  [[nodiscard]] bool interpreted() const;

 private:
  struct Code;
  explicit Regex(std::unique_ptr<Code> code);
  void read_groups();

  std::unique_ptr<Code> code_;
  std::vector<Group> groups_;
};

}  // namespace rules
