// The words by which applications say how grave a message is.
#include <algorithm>
#include <array>
#include <utility>

#include "codec/parse_forms.h"
#include "codec/scan.h"

namespace codec {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 18> kLevels = {{{"EMERG", 0},
                                                                                {"EMERGENCY", 0},
                                                                                {"PANIC", 0},
                                                                                {"ALERT", 1},
                                                                                {"CRIT", 2},
                                                                                {"CRITICAL", 2},
                                                                                {"FATAL", 2},
                                                                                {"ERR", 3},
                                                                                {"ERROR", 3},
                                                                                {"SEVERE", 3},
                                                                                {"WARN", 4},
                                                                                {"WARNING", 4},
                                                                                {"NOTICE", 5},
                                                                                {"INFO", 6},
                                                                                {"INFORMATION", 6},
                                                                                {"INFORMATIONAL", 6},
                                                                                {"DEBUG", 7},
                                                                                {"TRACE", 7}}};

constexpr std::size_t kShortestWord = 3;
constexpr std::size_t kLongestWord = 13;

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
}

// The next word; what is in brackets counts as one.
std::string_view take_word(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  if (!text.empty() && text.front() == '[') end = std::min(std::max(end, text.find(']')), text.size());
  if (end < text.size() && text[end] == ']') ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// A word that is not written as one of a sentence.
bool stands_out(std::string_view word) {
  return word.front() == '[' || word.back() == ':' || consists_of(word, kUpper);
}

bool is_lower(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

std::optional<std::uint8_t> level_named(std::string_view word) {
  if (word.ends_with(':')) word.remove_suffix(1);
  if (word.size() > 2 && word.front() == '[' && word.back() == ']') {
    word = word.substr(1, word.size() - 2);
    while (word.ends_with(' ')) word.remove_suffix(1);
  }
  if (word.size() < kShortestWord || word.size() > kLongestWord) return {};
  for (const auto& [name, severity] : kLevels) {
    if (std::equal(word.begin(), word.end(), name.begin(), name.end(),
                   [](char given, char wanted) { return upper(given) == wanted; }))
      return severity;
  }
  return {};
}

std::optional<std::uint8_t> level_of(std::string_view message) {
  constexpr int kWords = 4;  // "- name - ERROR"
  for (int i = 0; i < kWords; ++i) {
    const std::string_view word = take_word(message);
    if (word.empty()) return {};
    const auto level = level_named(word);
    if (level && (stands_out(word) || (i == 0 && is_lower(word)))) return level;
  }
  return {};
}

}  // namespace codec
