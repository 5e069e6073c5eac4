// Splunk's HTTP Event Collector: JSON objects one after the other, or in an array, or plain lines.
//
// Of an object, host becomes the hostname, time the timestamp, event the message, and all else members; those of
// "fields" as if they stood beside it. Lines go on as they came, and as events where the query says anything of them.
#include "tools/logcat/http/hec.h"

#include <algorithm>
#include <array>

#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "codec/render.h"
#include "tools/logcat/http/api.h"
#include "tools/logcat/http/direct.h"
#include "tools/logcat/http/labels.h"
#include "tools/logcat/http/times.h"

namespace logcat {
namespace {

constexpr std::string_view kCollector = "/services/collector";

// Nothing: the event was taken.
using Refused = std::optional<http::Response>;

http::Response no_data() {
  return hec_answer(400, 5, "No data");
}

std::optional<std::string> channel_of(const http::Request& request) {
  if (const auto header = request.header("X-Splunk-Request-Channel")) return std::string(*header);
  return request.parameter("channel");
}

Intake success(const http::Request& request, stream::Batch messages) {
  return {std::move(messages), hec_answer(200, 0, "Success"), !channel_of(request).value_or("").empty()};
}

// One event object; `number` counts from 0.
class EventObject {
 public:
  explicit EventObject(std::size_t number) : number_(number) {}

  Refused read(std::string_view object) {
    if (!codec::is_json(object)) return invalid();
    Refused refused;
    const auto take = [&](std::string_view name, std::string_view value) {
      if (value != "null") refused = take_member(name, value);
      return !refused;
    };
    if (!codec::each_member(object, take) && !refused) return invalid();
    if (!refused && !has_event_) return answer(12, "Event field is required");
    return refused;
  }

  Refused append_to(stream::Batch& messages, const IntakeLimits& limits) const {
    codec::Event event;
    event.timestamp = time_;
    event.message = message_;
    if (message_is_object_) event.body = codec::Body::object;
    labels_.fill(event);
    std::string json;
    codec::append_json(json, event);
    if (const auto why = append_within(messages, json, limits)) return hec_answer(413, 27, *why, number_);
    return std::nullopt;
  }

 private:
  [[nodiscard]] http::Response answer(unsigned code, std::string_view text) const {
    return hec_answer(400, code, text, number_);
  }
  [[nodiscard]] http::Response invalid() const { return answer(6, "Invalid data format"); }

  Refused take_member(std::string_view name, std::string_view value) {
    if (name == "event") return take_event(value);
    if (name == "time") return take_time(value);
    if (name == "host") return take_label("hostname", value);
    if (name != "fields") return take_label(name, value);
    const bool is_object = codec::each_member(
        value, [&](std::string_view label, std::string_view said) { return !take_label(label, said).has_value(); });
    if (!is_object) return answer(15, "Error in handling indexed fields");
    return std::nullopt;
  }

  Refused take_event(std::string_view value) {
    if (has_event_) return invalid();
    has_event_ = true;
    if (value == "\"\"") return answer(13, "Event field cannot be blank");
    message_is_object_ = value.front() == '{';
    message_ = codec::json_string(value).value_or(std::string(value));
    return std::nullopt;
  }

  Refused take_time(std::string_view value) {
    time_ = parse_unix_seconds(codec::json_string(value).value_or(std::string(value)));
    if (!time_) return invalid();
    return std::nullopt;
  }

  Refused take_label(std::string_view name, std::string_view value) {
    const auto text = codec::json_string(value);
    if (!text)
      labels_.add_json(name, value);
    else if (!labels_.add(name, *text))
      return invalid();
    return std::nullopt;
  }

  std::size_t number_;
  Labels labels_;
  std::optional<codec::Timestamp> time_;
  std::string message_;
  bool message_is_object_ = false;
  bool has_event_ = false;
};

// The objects of the body, one after the other with nothing but white space between them.
Refused read_sequence(std::string_view rest, stream::Batch& messages, const IntakeLimits& limits) {
  for (std::size_t number = 0; !rest.empty(); ++number) {
    const std::size_t length = codec::json_object_length(rest);
    EventObject event(number);
    if (auto refused = event.read(rest.substr(0, length))) return refused;
    if (auto refused = event.append_to(messages, limits)) return refused;
    rest = codec::json_trimmed(rest.substr(length));
  }
  return std::nullopt;
}

Refused read_array(std::string_view body, stream::Batch& messages, const IntakeLimits& limits) {
  if (!codec::is_json(body)) return hec_answer(400, 6, "Invalid data format", 0);
  Refused refused;
  std::size_t number = 0;
  codec::each_element(body, [&](std::string_view object) {
    EventObject event(number++);
    refused = event.read(object);
    if (!refused) refused = event.append_to(messages, limits);
    return !refused;
  });
  return refused;
}

// What the query says of all lines.
struct Query {
  Labels labels;
  std::optional<codec::Timestamp> time;
  bool says_something = false;
};

// Nothing: a value cannot be what it is said to be.
std::optional<Query> read_query(const http::Request& request) {
  Query query;
  constexpr std::array<std::string_view, 4> kNames{"host", "source", "sourcetype", "index"};
  for (const std::string_view name : kNames) {
    const auto value = request.parameter(name).value_or("");
    if (value.empty()) continue;
    query.says_something = true;
    if (!query.labels.add(name == "host" ? "hostname" : name, value)) return std::nullopt;
  }
  const auto time = request.parameter("time").value_or("");
  if (time.empty()) return query;
  query.says_something = true;
  query.time = parse_unix_seconds(time);
  if (!query.time) return std::nullopt;
  return query;
}

Taken take_raw(const http::Request& request, const IntakeLimits& limits) {
  const auto query = read_query(request);
  if (!query) return tl::unexpected(hec_answer(400, 6, "Invalid data format"));
  codec::Event event;
  query->labels.fill(event);
  event.timestamp = query->time;
  stream::Batch messages;
  std::string json;
  for (std::string_view rest = request.body; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    event.message = line;
    json.clear();
    if (query->says_something) codec::append_json(json, event);
    if (const auto why = append_within(messages, query->says_something ? json : line, limits))
      return tl::unexpected(hec_answer(413, 27, *why));
  }
  if (messages.empty()) return tl::unexpected(no_data());
  return success(request, std::move(messages));
}

// {"acks":[0,7]} -> {"acks":{"0":true,"7":false}}
http::Response answer_acks(const http::Request& request, const Acks& acks) {
  if (channel_of(request).value_or("").empty()) return hec_answer(400, 10, "Data channel is missing");
  const std::string_view body = codec::json_trimmed(request.body);
  std::string list;
  const auto take_number = [&](std::string_view value) {
    if (value.empty() || value.size() > 18 || value.find_first_not_of("0123456789") != value.npos) return false;
    list.append(list.empty() ? "\"" : ",\"").append(value);
    list += acks.was_given(std::stoull(std::string(value))) ? "\":true" : "\":false";
    return true;
  };
  const bool is_good = body.starts_with('{') && codec::is_json(body) &&
                       codec::each_member(body, [&](std::string_view name, std::string_view value) {
                         return name != "acks" || codec::each_element(value, take_number);
                       });
  if (!is_good) return hec_answer(400, 6, "Invalid data format");
  return http::Response::json(200, "{\"acks\":{" + list + "}}");
}

}  // namespace

http::Response hec_answer(unsigned status, unsigned code, std::string_view text, std::optional<std::size_t> event) {
  std::string json = "{\"text\":";
  codec::append_json_string(json, text);
  json += ",\"code\":" + std::to_string(code);
  if (event) json += ",\"invalid-event-number\":" + std::to_string(*event);
  return http::Response::json(status, json + "}");
}

http::Response hec_acknowledged(std::uint64_t number) {
  return http::Response::json(200, R"({"text":"Success","code":0,"ackId":)" + std::to_string(number) + "}");
}

Taken take_hec(const http::Request& request, const IntakeLimits& limits) {
  if (request.path().starts_with("/services/collector/raw")) return take_raw(request, limits);
  const std::string_view body = codec::json_trimmed(request.body);
  stream::Batch messages;
  auto refused = body.starts_with('[') ? read_array(body, messages, limits) : read_sequence(body, messages, limits);
  if (refused) return tl::unexpected(std::move(*refused));
  if (messages.empty()) return tl::unexpected(no_data());
  return success(request, std::move(messages));
}

std::optional<http::Response> answer_hec(const http::Request& request, const Standing& standing) {
  std::string_view path = request.path();
  if (!path.starts_with(kCollector)) return std::nullopt;
  path.remove_prefix(kCollector.size());
  if (path.ends_with("/1.0")) path.remove_suffix(4);
  if (path == "/ack") return answer_acks(request, standing.acks);
  if (path != "/health") return std::nullopt;
  if (standing.trouble.empty()) return hec_answer(200, 17, "HEC is healthy");
  return hec_answer(503, 18, "HEC is unhealthy, " + standing.trouble);
}

}  // namespace logcat
