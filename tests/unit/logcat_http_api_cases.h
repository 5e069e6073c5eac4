// What the tests of all HTTP APIs share.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tools/logcat/http/api.h"

namespace api_test {

using Strings = std::vector<std::string>;

inline constexpr logcat::IntakeLimits kLimits{.message = 2000, .body = 10000};

inline http::Request post(std::string target, std::string type, std::string body) {
  http::Request request{.method = "POST", .target = std::move(target), .body = std::move(body)};
  if (!type.empty()) request.headers.push_back({"Content-Type", std::move(type)});
  return request;
}

// By the API that the request names.
inline logcat::Taken taken(const http::Request& request, const logcat::IntakeLimits& limits = kLimits) {
  const logcat::Api* api = logcat::find_api(request, "");
  REQUIRE(api != nullptr);
  return api->take_apart(request, limits);
}

inline Strings messages_of(const logcat::Taken& intake) {
  REQUIRE_MESSAGE(intake.has_value(), (intake ? std::string() : intake.error().body));
  Strings all;
  intake->messages.for_each([&](std::size_t, std::string_view message) { all.emplace_back(message); });
  return all;
}

inline Strings messages(const http::Request& request) {
  return messages_of(taken(request));
}

inline unsigned refusal(const http::Request& request, const logcat::IntakeLimits& limits = kLimits) {
  const auto intake = taken(request, limits);
  return intake ? 0 : intake.error().status;
}

inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

// How many of the starts of a request's body are not refused with 400, the whole body left out.
inline std::size_t accepted_starts(http::Request request) {
  const std::string body = request.body;
  std::size_t accepted = 0;
  for (std::size_t length = 0; length < body.size(); ++length) {
    request.body = body.substr(0, length);
    accepted += refusal(request) != 400;
  }
  return accepted;
}

}  // namespace api_test
