#include "cli/words.h"

#include <algorithm>

namespace cli {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kShell = "$`|&;<>()\n";
constexpr std::string_view kEscapable = "$`\"\\";  // within "..."

bool is_in(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

tl::unexpected<base::Error> bad(std::string why) {
  return base::fail(base::Kind::usage, "take a command apart", std::move(why));
}

tl::unexpected<base::Error> needs_shell(char c) {
  const std::string shown = c == '\n' ? "a newline" : std::string("an unquoted ") + c;
  return bad("has " + shown + ", but no shell runs: quote it, or write sh -c '...; exec COMMAND'");
}

// Each function is called with the text behind the quoting character, and takes its part off.
base::Result<std::string_view> single_quoted(std::string_view& text) {
  const std::size_t end = text.find('\'');
  if (end == std::string_view::npos) return bad("has a ' without an end");
  const std::string_view inside = text.substr(0, end);
  text.remove_prefix(end + 1);
  return inside;
}

base::Result<std::string> double_quoted(std::string_view& text) {
  std::string inside;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return inside;
    if (c == '$' || c == '`') return needs_shell(c);
    const bool escape = c == '\\' && !text.empty() && is_in(text.front(), kEscapable);
    inside += escape ? text.front() : c;
    if (escape) text.remove_prefix(1);
  }
  return bad("has a \" without an end");
}

// The first word of `text`, which does not begin with a blank.
base::Result<std::string> take_word(std::string_view& text) {
  if (text.front() == '~' || text.front() == '#') return needs_shell(text.front());
  std::string word;
  while (!text.empty() && !is_in(text.front(), kBlank)) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\'') {
      word += TRY(single_quoted(text));
    } else if (c == '"') {
      word += TRY(double_quoted(text));
    } else if (c == '\\') {
      if (text.empty()) return bad("ends with a \\");
      word += text.front();
      text.remove_prefix(1);
    } else if (is_in(c, kShell)) {
      return needs_shell(c);
    } else {
      word += c;
    }
  }
  return word;
}

}  // namespace

base::Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty()) break;
    words.push_back(TRY(take_word(text)));
  }
  if (words.empty() || words.front().empty()) return bad("is no command");
  return words;
}

}  // namespace cli
