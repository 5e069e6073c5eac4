// APIs whose body is the messages and nothing else.
#include <algorithm>
#include <charconv>
#include <string>

#include "codec/json_string.h"
#include "codec/json_walk.h"
#include "codec/logplex.h"
#include "stream/frame.h"
#include "tools/logcat/http/api.h"

namespace logcat {
namespace {

auto refuse(unsigned status, std::string why) {
  return tl::unexpected(http::Response::text(status, std::move(why)));
}

Taken accepted(stream::Batch messages, const IntakeLimits& limits) {
  const auto lengths = messages.lengths();
  const auto longest = std::ranges::max_element(lengths);
  if (longest != lengths.end() && *longest > limits.message) return refuse(413, too_long(*longest, limits));
  return Intake{std::move(messages), {.status = 204}};
}

// The number of messages that the sender says it has put in, where it does.
bool counts_agree(const http::Request& request, std::size_t messages) {
  const auto said = request.header("Logplex-Msg-Count");
  if (!said) return true;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(said->data(), said->data() + said->size(), count);
  return error == std::errc() && end == said->data() + said->size() && count == messages;
}

void append_json(stream::Batch& messages, std::string_view value) {
  std::string line;
  codec::append_compact_json(line, value);
  messages.append(line);
}

}  // namespace

Taken take_logplex(const http::Request& request, const IntakeLimits& limits) {
  stream::Batch messages;
  if (const auto parsed = codec::parse_logplex(request.body, messages); !parsed)
    return refuse(400, "Malformed log messages: " + parsed.error().why);
  if (!counts_agree(request, messages.count())) return refuse(400, "Message count mismatch");
  return accepted(std::move(messages), limits);
}

// One JSON value a line; empty lines are none.
Taken take_ndjson(const http::Request& request, const IntakeLimits& limits) {
  stream::Batch messages;
  std::size_t number = 0;
  for (std::string_view rest = request.body; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    if (!codec::is_json(line)) return refuse(400, "line " + std::to_string(number) + " is no JSON");
    append_json(messages, line);
  }
  return accepted(std::move(messages), limits);
}

// The elements of an array, or one value.
Taken take_json(const http::Request& request, const IntakeLimits& limits) {
  if (!codec::is_json(request.body)) return refuse(400, "the body is no JSON");
  stream::Batch messages;
  const auto start = request.body.find_first_not_of(" \t\r\n");
  if (request.body[start] != '[') {
    append_json(messages, request.body);
  } else {
    codec::JsonWalker elements(request.body);
    elements.enter();
    while (elements.at_member()) append_json(messages, elements.take_value());
  }
  return accepted(std::move(messages), limits);
}

// As lines of a file: the last one may lack its end, and empty lines are messages.
Taken take_lines(const http::Request& request, const IntakeLimits& limits) {
  stream::Batch messages;
  for (std::string_view rest = request.body; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    messages.append(line);
  }
  return accepted(std::move(messages), limits);
}

Taken take_one(const http::Request& request, const IntakeLimits& limits) {
  stream::Batch messages;
  if (!request.body.empty()) messages.append(request.body);
  return accepted(std::move(messages), limits);
}

}  // namespace logcat
