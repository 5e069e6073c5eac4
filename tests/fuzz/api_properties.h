// What holds for every HTTP API, whatever is posted.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "codec/json_walk.h"
#include "codec/parse.h"
#include "codec/parse_forms.h"
#include "tools/logcat/http/api.h"

namespace api_fuzz {

inline constexpr logcat::IntakeLimits kLimits{.message = 500, .body = 5000};

enum class Messages { any, objects, events };

inline void check_message(std::string_view message, Messages expected) {
  if (message.size() > kLimits.message) std::abort();
  if (expected == Messages::any) return;
  if (!message.starts_with('{') || !codec::is_json(message)) std::abort();
  codec::Event event;
  // The members of an event that is read as one have not taken the place of its fields.
  if (expected == Messages::events && (!codec::parse_json(message, event) || !event.reason.empty())) std::abort();
}

inline void check(const http::Request& request, logcat::TakeApart take_apart, Messages expected) {
  const logcat::Taken intake = take_apart(request, kLimits);
  if (!intake) {
    if (intake.error().status < 400) std::abort();
    return;
  }
  if (intake->answer.status >= 300) std::abort();
  if (intake->messages.bytes() > logcat::kMostGrowth * (kLimits.body + request.body.size())) std::abort();
  intake->messages.for_each([&](std::size_t, std::string_view message) { check_message(message, expected); });
  const auto type = http::find_header(intake->answer.headers, "Content-Type");
  if (type == "application/json" && !codec::is_json(intake->answer.body)) std::abort();
}

inline http::Request post(std::string target, std::string type, std::string_view body) {
  return {.method = "POST",
          .target = std::move(target),
          .headers = {{"Content-Type", std::move(type)}},
          .body = std::string(body)};
}

inline std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace api_fuzz
