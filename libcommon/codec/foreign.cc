#include "codec/foreign.h"

#include <algorithm>
#include <array>

namespace codec {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kHandshake = "\x16\x03"sv;  // a record with a handshake, and the major version of all of TLS
constexpr std::array kMethods{"GET "sv,     "HEAD "sv,    "POST "sv,  "PUT "sv,   "DELETE "sv,
                              "CONNECT "sv, "OPTIONS "sv, "TRACE "sv, "PATCH "sv, "PRI "sv};

// A request line is METHOD SP TARGET SP HTTP/1.1 CR LF.
bool is_request_line(std::string_view line) {
  constexpr std::string_view kVersion = " HTTP/";
  constexpr std::size_t kRest = kVersion.size() + 3;
  return line.size() > kRest && line.substr(line.size() - kRest).starts_with(kVersion);
}

bool begins_alike(std::string_view one, std::string_view other) {
  const std::size_t size = std::min(one.size(), other.size());
  return one.substr(0, size) == other.substr(0, size);
}

}  // namespace

std::optional<std::string_view> foreign_protocol(std::string_view first_bytes) {
  first_bytes = first_bytes.substr(0, kMaxForeignHead);
  if (begins_alike(first_bytes, kHandshake)) {
    if (first_bytes.size() < kHandshake.size()) return std::nullopt;
    return "a TLS handshake";
  }
  if (!std::ranges::any_of(kMethods, [&](std::string_view method) { return begins_alike(first_bytes, method); }))
    return "";
  const std::size_t lf = first_bytes.find('\n');
  if (lf == first_bytes.npos) return first_bytes.size() < kMaxForeignHead ? std::nullopt : std::optional(""sv);
  const std::string_view line = first_bytes.substr(0, lf);
  return line.ends_with('\r') && is_request_line(line.substr(0, lf - 1)) ? "an HTTP request" : "";
}

std::optional<std::string_view> foreign_answer(std::string_view first_bytes) {
  constexpr std::string_view kAlert = "\x15\x03"sv;  // a record with an alert; then minor version, length, alert
  constexpr std::string_view kHttp = "HTTP/1."sv;
  if (begins_alike(first_bytes, kHttp))
    return first_bytes.size() < kHttp.size() ? std::nullopt : std::optional("an HTTP response"sv);
  if (!begins_alike(first_bytes, kAlert)) return "";
  if (first_bytes.size() < kForeignAnswerHead) return std::nullopt;
  return first_bytes.substr(3, 2) == "\0\x02"sv ? "a TLS alert" : "";
}

}  // namespace codec
