#include "tools/logsend/http/otlp_answer.h"

#include <charconv>

#include "codec/json_visit.h"
#include "codec/json_walk.h"

namespace logsend::http {
namespace {

// In JSON of protobuf, numbers of 64 bits are texts, and null is as if the member were missing.
bool take_number(std::uint64_t& number, std::string_view value) {
  if (value == "null") return true;
  const std::string text = codec::json_string(value).value_or(std::string(value));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<OtlpAnswer> read_otlp_answer(std::string_view body) {
  body = codec::json_trimmed(body);
  OtlpAnswer answer;
  if (body.empty()) return answer;
  if (!body.starts_with('{') || !codec::is_json(body)) return std::nullopt;
  const auto take = [&answer](std::string_view name, std::string_view value) {
    if (name == "errorMessage") answer.message = codec::json_string(value).value_or("");
    const bool is_count = name == "rejectedLogRecords" || name == "rejectedSpans";
    return !is_count || take_number(answer.rejected, value);
  };
  const bool good = codec::each_member(body, [&take](std::string_view name, std::string_view value) {
    return name != "partialSuccess" || value == "null" || codec::each_member(value, take);
  });
  if (!good) return std::nullopt;
  return answer;
}

}  // namespace logsend::http
