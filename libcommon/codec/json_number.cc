#include "codec/json_number.h"

#include <algorithm>

namespace codec {
namespace {

std::string_view take_digits(std::string_view& text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::size_t length = std::ranges::find_if_not(text, is_digit) - text.begin();
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool append_json_number(std::string& out, std::string_view text, bool fractions) {
  const bool negative = text.starts_with('-');
  take(text, "+-");
  std::string_view whole = take_digits(text);
  std::string_view part;
  if (fractions && take(text, ".")) part = take_digits(text);
  if (whole.empty() && part.empty()) return false;
  std::string_view exponent = text;
  if (fractions && take(text, "eE")) {
    take(text, "+-");
    if (take_digits(text).empty()) return false;
    exponent.remove_suffix(text.size());
  } else {
    exponent = {};
  }
  if (!text.empty()) return false;
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  if (negative) out += '-';
  out += whole.empty() ? "0" : whole;
  if (!part.empty()) out.append(".").append(part);
  out += exponent;
  return true;
}

}  // namespace codec
