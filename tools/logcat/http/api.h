// What a sender may post, and what it is answered. One function for each API; the table is in apis.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "http/request.h"
#include "http/response.h"
#include "stream/batch.h"

namespace logcat {

// What a request becomes.
struct Intake {
  stream::Batch messages;  // none: the answer is sent at once
  http::Response answer;   // sent when all of the messages are safe
  bool wants_ack = false;  // then the answer is hec_acknowledged() (hec.h), with a number from Standing::acks
};

// An answer instead: nothing of the request is taken.
using Taken = tl::expected<Intake, http::Response>;

struct IntakeLimits {
  std::size_t message = 0;  // bytes; a longer message is refused, never cut
  std::size_t body = 0;     // bytes, of what an API inflates itself
};

using TakeApart = Taken (*)(const http::Request& request, const IntakeLimits& limits);

struct Api {
  std::string_view name;  // of --api
  TakeApart take_apart;
};

// All of them, const.
std::span<const Api> apis();

// The API of a request by its path, else by its content type, else the one named `otherwise`. Null: there is none.
const Api* find_api(const http::Request& request, std::string_view otherwise);

// What a sender says once may stand in each of its messages. All messages of a request together may have so many times
// the bytes that a body may have.
inline constexpr std::size_t kMostGrowth = 4;

// Why `message` is too long, or a message too many. Nothing: it was appended.
std::optional<std::string> append_within(stream::Batch& messages, std::string_view message, const IntakeLimits& limits);
// Why a message of that size is not taken.
std::string too_long(std::size_t message, const IntakeLimits& limits);

// ---- the functions of the table
Taken take_logplex(const http::Request& request, const IntakeLimits& limits);  // plain.cc
Taken take_ndjson(const http::Request& request, const IntakeLimits& limits);
Taken take_json(const http::Request& request, const IntakeLimits& limits);
Taken take_lines(const http::Request& request, const IntakeLimits& limits);
Taken take_one(const http::Request& request, const IntakeLimits& limits);
Taken take_bulk(const http::Request& request, const IntakeLimits& limits);  // bulk.cc
Taken take_loki(const http::Request& request, const IntakeLimits& limits);  // loki.cc
Taken take_hec(const http::Request& request, const IntakeLimits& limits);   // hec.cc
Taken take_otlp(const http::Request& request, const IntakeLimits& limits);  // otlp.cc

}  // namespace logcat
