#include "tools/logcat/http/stream_labels.h"

#include <charconv>
#include <optional>
#include <string>

namespace logcat {
namespace {

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':' || c == '.';
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto put_rest = [&](unsigned shift) { put(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put_rest(6);
  } else {
    put(0xF0 | (code >> 18));
    put_rest(12);
    put_rest(6);
  }
  put_rest(0);
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool at_end() const { return rest_.find_first_not_of(' ') == rest_.npos; }

  std::optional<std::string> take_name() {
    if (take('"')) return take_quoted();
    std::size_t length = 0;
    while (length < rest_.size() && is_word_byte(rest_[length])) ++length;
    if (length == 0) return std::nullopt;
    std::string name(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return name;
  }

  std::optional<std::string> take_value() {
    if (take('"')) return take_quoted();
    const auto end = take('`') ? rest_.find('`') : rest_.npos;
    if (end == rest_.npos) return std::nullopt;
    std::string value(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return value;
  }

 private:
  // What follows the opening quote.
  std::optional<std::string> take_quoted() {
    std::string value;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c != '\\')
        value += c;
      else if (!take_escape(value))
        return std::nullopt;
    }
    return std::nullopt;
  }

  // What follows the backslash.
  bool take_escape(std::string& value) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    if (c >= '0' && c <= '7') return take_byte(value, 3, 8);
    rest_.remove_prefix(1);
    if (c == 'x') return take_byte(value, 2, 16);
    if (c == 'u' || c == 'U') return take_code(value, c == 'u' ? 4 : 8);
    constexpr std::string_view kNames = "abfnrtv\\\"'";
    constexpr std::string_view kMeant = "\a\b\f\n\r\t\v\\\"'";
    const auto known = kNames.find(c);
    if (known == kNames.npos) return false;
    value += kMeant[known];
    return true;
  }

  bool take_number(std::uint32_t& number, std::size_t digits, int base) {
    if (rest_.size() < digits) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + digits, number, base);
    if (error != std::errc() || end != rest_.data() + digits) return false;
    rest_.remove_prefix(digits);
    return true;
  }

  bool take_byte(std::string& value, std::size_t digits, int base) {
    std::uint32_t byte = 0;
    if (!take_number(byte, digits, base) || byte > 0xFF) return false;
    value += static_cast<char>(byte);
    return true;
  }

  bool take_code(std::string& value, std::size_t digits) {
    std::uint32_t code = 0;
    if (!take_number(code, digits, 16) || code > 0x10FFFF) return false;
    append_utf8(value, code);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

bool add_stream_labels(Labels& labels, std::string_view text) {
  Scanner scanner(text);
  if (!scanner.take('{')) return false;
  while (!scanner.take('}')) {
    const auto name = scanner.take(' ') ? std::nullopt : scanner.take_name();
    if (!name || !scanner.take('=')) return false;
    const auto value = scanner.take_value();
    if (!value || !labels.add(*name, *value)) return false;
    if (scanner.take(',')) continue;
    if (!scanner.take('}')) return false;
    break;
  }
  return scanner.at_end();
}

}  // namespace logcat
