#include "tools/logsend/http/otlp_span.h"

#include <cstdint>
#include <optional>

#include "base/units.h"
#include "codec/flake.h"
#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "tools/logsend/http/otlp_value.h"

namespace logsend::http {
namespace {

constexpr std::uint64_t kNanosecondsOfMillisecond = 1000000;

// A trace as its event tells it.
struct MulogTrace {
  std::optional<codec::Flake> id = {};
  std::optional<codec::Flake> root = {};
  std::optional<codec::Flake> parent = {};
  std::optional<std::uint64_t> duration = {};
  std::optional<std::uint64_t> milliseconds = {};
  std::string name = {};
  std::string outcome = {};
  std::string exception = {};
  std::string application = {};
  std::string attributes = {};  // pairs

  [[nodiscard]] bool is_whole() const { return id && root && duration; }
};

std::optional<std::uint64_t> count_of(std::string_view json) {
  const auto number = base::parse_number(json);
  return number ? std::optional(*number) : std::nullopt;
}

std::optional<codec::Flake> flake_of(std::string_view json) {
  const auto text = codec::json_string(json);
  return text ? codec::parse_flake(*text) : std::nullopt;
}

// False: it is none of the trace's own.
bool take_member(MulogTrace& trace, std::string_view name, std::string_view json) {
  if (name == "mulog/trace-id")
    trace.id = flake_of(json);
  else if (name == "mulog/root-trace")
    trace.root = flake_of(json);
  else if (name == "mulog/parent-trace")
    trace.parent = flake_of(json);
  else if (name == "mulog/duration")
    trace.duration = count_of(json);
  else if (name == "mulog/timestamp")
    trace.milliseconds = count_of(json);
  else if (name == "mulog/event-name")
    trace.name = codec::json_string(json).value_or("");
  else if (name == "mulog/outcome")
    trace.outcome = codec::json_string(json).value_or("");
  else
    return false;
  return true;
}

MulogTrace trace_of(const codec::Event& event) {
  MulogTrace trace;
  codec::JsonWalker members(event.members);
  std::string space;
  while (members.at_member()) {
    const std::string_view name = codec::json_string_text(members.take_value(), space);
    const std::string_view json = members.take_value();
    if (take_member(trace, name, json)) continue;
    if (name == "exception") trace.exception = codec::json_string(json).value_or("");
    if (name == "app-name") trace.application = codec::json_string(json).value_or("");
    std::string value;
    append_otlp_value(value, json);
    append_otlp_pair(trace.attributes, name, value);
  }
  return trace;
}

std::uint64_t number_at(const codec::Flake& flake, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = at; i < at + 8; ++i) number = number << 8 | flake[i];
  return number;
}

std::string hex(std::uint64_t number) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kHexDigits[(number >> shift) & 15];
  return text;
}

// Not 0, which OpenTelemetry takes for none.
std::string span_id(const codec::Flake& flake) {
  const std::uint64_t id = number_at(flake, 8) ^ number_at(flake, 16);
  return hex(id == 0 ? 1 : id);
}

// The id has it to the nanosecond, where it is of the same moment.
std::uint64_t start_of(const MulogTrace& trace) {
  const std::uint64_t time = number_at(*trace.id, 0);
  if (!trace.milliseconds || time / kNanosecondsOfMillisecond == *trace.milliseconds) return time;
  return *trace.milliseconds * kNanosecondsOfMillisecond;
}

void append_pair_of_text(std::string& list, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  std::string value;
  append_otlp_text(value, text);
  append_otlp_pair(list, key, value);
}

void append_status(std::string& out, const MulogTrace& trace) {
  if (trace.outcome == "ok") out += ",\"status\":{\"code\":1}";
  if (trace.outcome != "error") return;
  out += ",\"status\":{\"code\":2";
  if (!trace.exception.empty()) {
    out += ",\"message\":";
    codec::append_json_string(out, std::string_view(trace.exception).substr(0, trace.exception.find('\n')));
  }
  out += '}';
}

}  // namespace

bool is_otlp_span(const codec::Event& event) {
  return event.members.find("\"mulog/root-trace\":\"") != event.members.npos && trace_of(event).is_whole();
}

void append_otlp_span(std::string& out, const codec::Event& event) {
  const MulogTrace trace = trace_of(event);
  std::string resource;
  append_pair_of_text(resource, "host.name", event.hostname);
  append_pair_of_text(resource, "service.name", trace.application.empty() ? event.appname : trace.application);
  const std::uint64_t start = start_of(trace);
  out.append("{\"resource\":{\"attributes\":[").append(resource).append("]},").append(kBeforeSpan);
  out.append("{\"traceId\":\"").append(hex(number_at(*trace.root, 0))).append(hex(number_at(*trace.root, 8)));
  out.append("\",\"spanId\":\"").append(span_id(*trace.id)).append("\"");
  if (trace.parent) out.append(",\"parentSpanId\":\"").append(span_id(*trace.parent)).append("\"");
  out += ",\"name\":";
  codec::append_json_string(out, trace.name);
  out.append(",\"kind\":1,\"startTimeUnixNano\":\"").append(std::to_string(start));
  out.append("\",\"endTimeUnixNano\":\"").append(std::to_string(start + *trace.duration)).append("\"");
  if (!trace.attributes.empty()) out.append(",\"attributes\":[").append(trace.attributes).append("]");
  append_status(out, trace);
  out += "}]}]}";
}

}  // namespace logsend::http
