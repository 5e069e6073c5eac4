#include "rules/regex_literals.h"

#include <algorithm>
#include <utility>

#include "rules/regex_text.h"

namespace rules {
namespace {

using Literals = std::vector<std::string>;

constexpr std::size_t kMost = 8;  // to look for: each costs a look at the text
constexpr std::size_t kShortest = 2;
constexpr int kDeepestGroup = 250;

// How much they are worth to look for: long ones are rare, and each costs time.
std::size_t worth_of(const Literals& literals) {
  if (literals.empty()) return 0;
  return 16 * std::ranges::min(literals, {}, &std::string::size).size() / literals.size();
}

class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : text_(text) {}

  Literals read() {
    Literals literals = alternation();
    return unsure_ || !text_.at_end() ? Literals() : literals;
  }

 private:
  // What a sequence of items holds: the best that was found so far, and the literal that is being read.
  struct Sequence {
    Literals best;
    std::string run;

    void offer(Literals literals) {
      if (worth_of(literals) > worth_of(best)) best = std::move(literals);
    }
    void end_run() {
      if (run.size() >= kShortest) offer({run});
      run.clear();
    }
  };

  enum class Times { once, at_least_once, perhaps };

  // Up to the ")" or the end, which stays.
  Literals alternation() {
    Literals all;
    bool known = true;
    if (++depth_ > kDeepestGroup) give_up();
    for (;;) {
      Literals one = sequence();
      known &= !one.empty();
      std::ranges::move(one, std::back_inserter(all));
      if (!text_.skip("|")) break;
    }
    --depth_;
    return known && all.size() <= kMost ? all : Literals();
  }

  Literals sequence() {
    Sequence sequence;
    while (!text_.at_end() && text_.peek() != ')' && text_.peek() != '|') take_item(sequence);
    sequence.end_run();
    return std::move(sequence.best);
  }

  void take_item(Sequence& sequence) {
    switch (const char c = text_.take()) {
      case '(':
        return take_group(sequence);
      case '[':
        text_.skip_class();
        return take_other(sequence);
      case '\\':
        return take_escape(sequence);
      case '.':
      case '^':
      case '$':
        return take_other(sequence);
      default:
        return take_byte(sequence, c);
    }
  }

  void take_byte(Sequence& sequence, char c) {
    const Times times = take_quantifier();
    if (times != Times::perhaps) sequence.run += c;
    if (times != Times::once) sequence.end_run();
  }

  void take_other(Sequence& sequence) {
    sequence.end_run();
    (void)take_quantifier();
  }

  void take_escape(Sequence& sequence) {
    const char c = text_.at_end() ? 'Q' : text_.take();
    const bool named = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!named) return take_byte(sequence, c);
    // Letters that stand for one byte of a class, or for an assertion, and need nothing after them.
    constexpr std::string_view kPlain = "abdDhHntfrvVwWsSBRNeAZzG";
    if (kPlain.find(c) == std::string_view::npos) give_up();
    take_other(sequence);
  }

  void take_group(Sequence& sequence) {
    if (text_.next_is("*")) return give_up();
    bool looks_around = false;
    if (text_.skip("?")) {
      looks_around = text_.skip("=") || text_.skip("!") || text_.skip("<=") || text_.skip("<!");
      if (!looks_around && !text_.skip(":") && !text_.skip(">") && !text_.skip_group_name()) return give_up();
    }
    sequence.end_run();
    Literals literals = alternation();
    if (!text_.skip(")")) return give_up();
    if (take_quantifier() != Times::perhaps && !looks_around) sequence.offer(std::move(literals));
  }

  Times take_quantifier() {
    Times times = Times::once;
    if (text_.skip("?") || text_.skip("*")) {
      times = Times::perhaps;
    } else if (text_.skip("+")) {
      times = Times::at_least_once;
    } else if (const std::string_view range = text_.take_range(); !range.empty()) {
      const std::string_view least = range.substr(0, range.find(','));
      times = least.find_first_of("123456789") == std::string_view::npos ? Times::perhaps : Times::at_least_once;
    }
    if (times != Times::once && !text_.skip("+")) text_.skip("?");
    return times;
  }

  void give_up() {
    unsure_ = true;
    text_.skip_all();
  }

  RegexText text_;
  int depth_ = 0;
  bool unsure_ = false;
};

}  // namespace

std::vector<std::string> required_literals(std::string_view regex) {
  return LiteralReader(regex).read();
}

}  // namespace rules
