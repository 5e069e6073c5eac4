#include "tools/logcat/ring/value.h"

#include <cxxabi.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "codec/base64.h"
#include "codec/flake.h"
#include "codec/json_object.h"
#include "codec/json_string.h"
#include "mulog/layout.h"
#include "mulog/mulog.h"

namespace logcat {
namespace {

constexpr std::size_t kWord = MULOG_LAYOUT_WORD;

template <class Value>
std::optional<Value> take(std::string_view& values) {
  if (values.size() < sizeof(Value)) return std::nullopt;
  Value value;
  std::memcpy(&value, values.data(), sizeof value);
  values.remove_prefix(sizeof value);
  return value;
}

std::optional<std::string_view> take_bytes(std::string_view& values, std::uint64_t size) {
  if (size > values.size()) return std::nullopt;
  const std::string_view bytes = values.substr(0, size);
  values.remove_prefix(std::min<std::size_t>(values.size(), (size + kWord - 1) / kWord * kWord));
  return bytes;
}

// As mulog has it, with milliseconds.
std::string iso_time(std::int64_t nanoseconds) {
  const base::WallTime time{std::chrono::nanoseconds(nanoseconds)};
  const std::string text = base::format_time(time);
  return text.substr(0, text.size() - 4) + "Z";
}

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// Most are in thousandths and of few digits. Such a one is the nearest to its decimal form, so that is its shortest.
bool append_thousandths(std::string& out, double number) {
  constexpr double kMost = 1e5;  // above, a form with an exponent may be shorter
  constexpr std::int64_t kOne = 1000;
  const double scaled = number * kOne;
  if (!(std::abs(number) < kMost)) return false;
  const auto all = static_cast<std::int64_t>(std::abs(scaled));
  if (all == 0 || static_cast<double>(all) / kOne != std::abs(number)) return false;
  char digits[16];
  char* at = digits;
  if (number < 0) *at++ = '-';
  at = std::to_chars(at, digits + sizeof digits, all / kOne).ptr;
  *at++ = '.';
  std::int64_t rest = all % kOne;
  for (std::int64_t place = kOne / 10; place > 0; place /= 10) {
    *at++ = static_cast<char>('0' + rest / place);
    rest %= place;
    if (rest == 0) break;
  }
  out.append(digits, at);
  return true;
}

void append_double(std::string& out, double number) {
  if (!std::isfinite(number))
    out += "null";
  else if (!append_thousandths(out, number))
    out += codec::JsonValue(number).text();
}

bool append_word(std::string& out, std::uint8_t type, std::string_view& values) {
  const auto word = take<std::uint64_t>(values);
  if (!word) return false;
  switch (type) {
    case MULOG_INT:
    case MULOG_DURATION:
      append_number(out, static_cast<std::int64_t>(*word));
      return true;
    case MULOG_UINT:
      append_number(out, *word);
      return true;
    case MULOG_BOOL:
      out += *word != 0 ? "true" : "false";
      return true;
    case MULOG_TIME:
      codec::append_json_string(out, iso_time(static_cast<std::int64_t>(*word)));
      return true;
    case MULOG_DOUBLE:
      append_double(out, std::bit_cast<double>(*word));
      return true;
    default:
      out += "null";
      return true;
  }
}

bool append_text(std::string& out, std::uint8_t type, std::string_view& values) {
  const auto size = take<std::uint64_t>(values);
  if (!size) return false;
  if (*size == MULOG_LAYOUT_NO_TEXT) {
    out += "null";
    return true;
  }
  const auto bytes = take_bytes(values, *size);
  if (!bytes) return false;
  if (type == MULOG_STRING) {
    codec::append_json_string(out, *bytes);
  } else {
    out += '"';
    codec::append_base64(out, *bytes);
    out += '"';
  }
  return true;
}

bool append_list(std::string& out, std::string_view& values) {
  const auto head = take<mulog_list_head>(values);
  if (!head || head->type == MULOG_LIST || head->type > MULOG_ID) return false;
  if (head->count == MULOG_LAYOUT_NO_LIST) {
    out += "null";
    return true;
  }
  out += '[';
  for (std::uint32_t i = 0; i < head->count; ++i) {
    if (i > 0) out += ',';
    if (!append_value(out, static_cast<std::uint8_t>(head->type), values)) return false;
  }
  out += ']';
  return true;
}

// As a program's source has it: std::throw_with_nested throws a class of its own around the type that it is given.
std::string demangled(const std::string& name) {
  constexpr std::string_view kNested = "std::_Nested_exception<";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
  std::string_view type = text == nullptr ? std::string_view(name) : text.get();
  if (type.starts_with(kNested) && type.ends_with('>')) {
    type.remove_prefix(kNested.size());
    type.remove_suffix(1);
  }
  return std::string(type);
}

bool take_text(std::string& text, std::string_view& values) {
  const auto size = take<std::uint64_t>(values);
  if (!size) return false;
  text.clear();
  if (*size == MULOG_LAYOUT_NO_TEXT) return true;
  const auto bytes = take_bytes(values, *size);
  if (bytes) text = *bytes;
  return bytes.has_value();
}

// A line for the exception and for each cause, as in the traces of Java, which mulog writes.
bool append_exception(std::string& out, std::string_view& values) {
  const auto head = take<mulog_list_head>(values);
  if (!head) return false;
  if (head->count == MULOG_LAYOUT_NO_LIST) {
    out += "null";
    return true;
  }
  std::string text;
  std::string type;
  std::string message;
  for (std::uint32_t i = 0; i < head->count; ++i) {
    if (!take_text(type, values) || !take_text(message, values)) return false;
    if ((head->type & MULOG_LAYOUT_MANGLED) != 0) type = demangled(type);
    if (i > 0) text += "\ncaused by: ";
    text += type;
    if (!type.empty() && !message.empty()) text += ": ";
    text += message;
  }
  codec::append_json_string(out, text);
  return true;
}

bool append_id(std::string& out, std::string_view& values) {
  const auto id = take<codec::Flake>(values);
  if (!id) return false;
  out += *id == codec::Flake{} ? "null" : '"' + codec::flake_text(*id) + '"';
  return true;
}

}  // namespace

bool append_value(std::string& out, std::uint8_t type, std::string_view& values) {
  switch (type) {
    case MULOG_STRING:
    case MULOG_BYTES:
      return append_text(out, type, values);
    case MULOG_LIST:
      return append_list(out, values);
    case MULOG_EXCEPTION:
      return append_exception(out, values);
    case MULOG_ID:
      return append_id(out, values);
    default:
      return append_word(out, type, values);
  }
}

bool skip_value(std::uint8_t type, std::string_view& values) {
  if (type == MULOG_STRING || type == MULOG_BYTES) {
    const auto size = take<std::uint64_t>(values);
    return size && (*size == MULOG_LAYOUT_NO_TEXT || take_bytes(values, *size));
  }
  if (type == MULOG_ID) return take<codec::Flake>(values).has_value();
  if (type != MULOG_LIST && type != MULOG_EXCEPTION) return take<std::uint64_t>(values).has_value();
  const auto head = take<mulog_list_head>(values);
  if (!head || (type == MULOG_LIST && head->type == MULOG_LIST)) return false;
  if (head->count == MULOG_LAYOUT_NO_LIST) return true;
  const std::uint8_t each = type == MULOG_LIST ? static_cast<std::uint8_t>(head->type) : std::uint8_t{MULOG_STRING};
  const std::uint64_t count = std::uint64_t{head->count} * (type == MULOG_LIST ? 1 : 2);
  for (std::uint64_t i = 0; i < count; ++i)
    if (!skip_value(each, values)) return false;
  return true;
}

std::optional<double> number_of(std::uint8_t type, std::string_view values) {
  if (type != MULOG_INT && type != MULOG_UINT && type != MULOG_DOUBLE && type != MULOG_DURATION) return std::nullopt;
  const auto word = take<std::uint64_t>(values);
  if (!word) return std::nullopt;
  if (type == MULOG_DOUBLE) return std::bit_cast<double>(*word);
  return type == MULOG_UINT ? static_cast<double>(*word) : static_cast<double>(static_cast<std::int64_t>(*word));
}

}  // namespace logcat
