#include "hub/cooking.h"

#include <algorithm>

namespace hub {
namespace {

// The fourth word; words are separated by runs of spaces.
std::string_view fourth_word(std::string_view message) {
  for (int word = 1;; ++word) {
    message.remove_prefix(std::min(message.find_first_not_of(' '), message.size()));
    const std::string_view found = message.substr(0, message.find(' '));
    if (word == 4) return found;
    message.remove_prefix(found.size());
  }
}

}  // namespace

std::string_view token_in(std::string_view message) {
  const std::string_view word = fourth_word(message);
  // Something has to follow it, as a message has five parts at least.
  const bool last = word.data() + word.size() == message.data() + message.size();
  return word.starts_with("t.") && !last ? word : std::string_view();
}

void append_cooked(std::string& out, std::string_view message, std::string_view token, std::string_view name) {
  const std::string_view word = fourth_word(message);
  if (word != token) {
    out += message;
    return;
  }
  const auto at = static_cast<std::size_t>(word.data() - message.data());
  out.append(message.substr(0, at)).append(name).append(message.substr(at + word.size()));
}

}  // namespace hub
