#include "stream/pipeline.h"

#include <algorithm>
#include <string_view>

namespace stream {
namespace {

bool is_shell(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  constexpr std::string_view kShells[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"};
  return std::ranges::find(kShells, name) != std::end(kShells);
}

// A | that is neither quoted nor a part of || or >|.
bool has_pipe(std::string_view script) {
  char quote = 0;
  for (std::size_t i = 0; i < script.size(); ++i) {
    const char c = script[i];
    if (c == '\\' && quote != '\'') {
      ++i;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '|') {
      const bool doubled = i + 1 < script.size() && script[i + 1] == '|';
      const bool overwrites = i > 0 && script[i - 1] == '>';
      if (!doubled && !overwrites) return true;
      if (doubled) ++i;
    }
  }
  return false;
}

}  // namespace

bool hides_failures(const std::vector<std::string>& command) {
  if (!is_shell(command.front())) return false;
  const auto says_pipefail = [](const std::string& word) { return word.find("pipefail") != std::string::npos; };
  if (std::ranges::any_of(command, says_pipefail)) return false;
  const auto is_script_next = [](const std::string& word) {
    return word.size() > 1 && word[0] == '-' && word[1] != '-' && word.back() == 'c';
  };
  const auto option = std::ranges::find_if(command, is_script_next);
  return option != command.end() && option + 1 != command.end() && has_pipe(option[1]);
}

}  // namespace stream
