#include "tools/logsend/http/hec_answer.h"

#include <charconv>

#include "codec/json_visit.h"
#include "codec/json_walk.h"

namespace logsend::http {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Empty: there is none.
std::string_view object_in(std::string_view body) {
  body = codec::json_trimmed(body);
  return body.starts_with('{') && codec::is_json(body) ? body : std::string_view();
}

}  // namespace

std::optional<HecAnswer> read_hec_answer(std::string_view body) {
  HecAnswer answer;
  bool has_code = false;
  codec::each_member(object_in(body), [&](std::string_view name, std::string_view value) {
    if (name == "text") answer.text = codec::json_string(value).value_or("");
    if (name == "ackId") answer.ack = number_of<std::uint64_t>(value);
    if (name == "invalid-event-number") answer.invalid_event = number_of<std::size_t>(value);
    if (name != "code") return true;
    const auto code = number_of<unsigned>(value);
    has_code = code.has_value();
    answer.code = code.value_or(0);
    return true;
  });
  if (!has_code) return std::nullopt;
  return answer;
}

std::vector<std::uint64_t> read_hec_acks(std::string_view body) {
  std::vector<std::uint64_t> acks;
  codec::each_member(object_in(body), [&](std::string_view name, std::string_view object) {
    if (name != "acks") return true;
    codec::each_member(object, [&acks](std::string_view ack, std::string_view is_safe) {
      const auto number = number_of<std::uint64_t>(ack);
      if (number && is_safe == "true") acks.push_back(*number);
      return true;
    });
    return true;
  });
  return acks;
}

}  // namespace logsend::http
