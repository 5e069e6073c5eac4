// OpenTelemetry's logs over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp), in protobuf or JSON.
//
// A record becomes a JSON event: the time at which it happened, else that at which it was observed; host.name and
// service.name of its resource as hostname and appname; its body as the message. All else are members: severity_number,
// severity_text, event_name, trace_id, span_id, trace_flags, attributes, dropped_attributes_count, resource, scope.
// Records that are too long are left out, and the answer says how many.
#include <array>

#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "codec/render.h"
#include "codec/structured_data.h"
#include "tools/logcat/http/api.h"
#include "tools/logcat/http/log_record.h"
#include "tools/logcat/http/times.h"

namespace logcat {
namespace {

constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr unsigned kInvalidArgument = 3;  // google.rpc.Code
constexpr unsigned kResourceExhausted = 8;

// Syslog's severities, as the data model's appendix B maps them the other way: INFO2 is a notice, ERROR2 critical,
// ERROR3 an alert, FATAL an emergency. A number without a name of its own there is what the next smaller one is.
std::optional<std::uint8_t> severity_of(std::uint64_t number) {
  constexpr std::array<std::uint8_t, 25> kSeverities{0, 7, 7, 7, 7, 7, 7, 7, 7, 6, 5, 5, 5,
                                                     4, 4, 4, 4, 3, 2, 1, 1, 0, 0, 0, 0};
  if (number == 0 || number >= kSeverities.size()) return std::nullopt;
  return kSeverities.at(number);
}

void append_json_member(std::string& members, std::string_view name, std::string_view json) {
  if (!json.empty()) members.append(",\"").append(name).append("\":").append(json);
}

void append_text_member(std::string& members, std::string_view name, std::string_view text) {
  std::string json;
  if (!text.empty()) codec::append_json_string(json, text);
  append_json_member(members, name, json);
}

void append_number_member(std::string& members, std::string_view name, std::uint64_t number) {
  if (number != 0) append_json_member(members, name, std::to_string(number));
}

// Attributes that the data model's appendix A has for fields of syslog.
class SyslogAttributes {
 public:
  // `attributes`: a JSON object, or empty.
  explicit SyslogAttributes(std::string_view attributes) : others_(attributes) {
    if (attributes.find("\"syslog.") == attributes.npos) return;
    others_ = "{";
    codec::each_member(attributes, [this](std::string_view name, std::string_view value) {
      if (!take(name, value)) add_other(name, value);
      return true;
    });
    others_ = others_ == "{" ? "" : others_ + '}';
  }

  void fill(codec::Event& event) const {
    event.facility = facility_;
    event.procid = procid_;
    event.msgid = msgid_;
    event.structured_data = structured_data_;
  }
  [[nodiscard]] const std::string& others() const { return others_; }

 private:
  bool take(std::string_view name, std::string_view value) {
    if (name == "syslog.facility" && codec::is_json_number(value)) {
      facility_ = codec::facility_named(value);
      return facility_.has_value();
    }
    std::string* text = name == "syslog.procid"            ? &procid_
                        : name == "syslog.msgid"           ? &msgid_
                        : name == "syslog.structured_data" ? &structured_data_
                                                           : nullptr;
    auto said = codec::json_string(value);
    if (text == nullptr || !said || !text->empty()) return false;
    if (text == &structured_data_ && !codec::is_structured_data(*said)) return false;
    *text = std::move(*said);
    return true;
  }

  void add_other(std::string_view name, std::string_view value) {
    if (!others_.ends_with('{')) others_ += ',';
    codec::append_json_string(others_, name);
    others_.append(":").append(value);
  }

  std::optional<std::uint8_t> facility_;
  std::string procid_;
  std::string msgid_;
  std::string structured_data_;
  std::string others_;  // a JSON object, or empty
};

std::string members_of(const LogRecord& record, const RecordOrigin& origin, const std::string& attributes) {
  std::string members;
  append_number_member(members, "severity_number", record.severity_number);
  append_text_member(members, "severity_text", record.severity_text);
  append_text_member(members, "event_name", record.event_name);
  append_text_member(members, "trace_id", record.trace_id);
  append_text_member(members, "span_id", record.span_id);
  append_number_member(members, "trace_flags", record.flags);
  append_json_member(members, "attributes", attributes);
  append_number_member(members, "dropped_attributes_count", record.dropped_attributes);
  append_json_member(members, "resource", origin.resource);
  append_json_member(members, "scope", origin.scope);
  return members;
}

std::string render(const LogRecord& record, const RecordOrigin& origin) {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  const SyslogAttributes syslog(record.attributes);
  const std::string members = members_of(record, origin, syslog.others());
  codec::Event event;
  syslog.fill(event);
  const std::uint64_t time = record.time != 0 ? record.time : record.observed_time;
  if (time != 0)
    event.timestamp =
        unix_time(static_cast<std::int64_t>(time / kNanoseconds), static_cast<std::uint32_t>(time % kNanoseconds));
  event.severity = severity_of(record.severity_number);
  event.hostname = origin.hostname;
  event.appname = origin.appname;
  event.message = record.body;
  if (record.body_is_object) event.body = codec::Body::object;
  event.members = members;
  std::string json;
  codec::append_json(json, event);
  return json;
}

class Gatherer final : public RecordVisitor {
 public:
  explicit Gatherer(const IntakeLimits& limits) : limits_(limits) {}

  bool take(const LogRecord& record, const RecordOrigin& origin) override {
    const std::string json = render(record, origin);
    if (json.size() > limits_.message && left_out_bytes_ < kMostGrowth * limits_.body) {
      ++left_out_;
      left_out_bytes_ += json.size();
      why_ = too_long(json.size(), limits_);
      return true;
    }
    overflow_ = append_within(messages_, json, limits_);
    return !overflow_;
  }

  [[nodiscard]] stream::Batch& messages() { return messages_; }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }
  [[nodiscard]] const std::string& why() const { return why_; }  // the last of them was left out
  [[nodiscard]] const std::optional<std::string>& overflow() const { return overflow_; }

 private:
  const IntakeLimits& limits_;
  stream::Batch messages_;
  std::size_t left_out_ = 0;
  std::size_t left_out_bytes_ = 0;  // of all of them, which cost time too
  std::string why_;
  std::optional<std::string> overflow_;
};

// ---- answers, in the encoding of the request

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

// Field 1 is a number, field 2 a text: both of ExportLogsPartialSuccess and of google.rpc.Status.
std::string number_and_text(std::uint64_t number, std::string_view text) {
  std::string bytes = "\x08";
  append_varint(bytes, number);
  bytes += '\x12';
  append_varint(bytes, text.size());
  return bytes.append(text);
}

http::Response protobuf_answer(unsigned status, std::string bytes) {
  http::Response answer{.status = status, .body = std::move(bytes)};
  answer.headers.push_back({"Content-Type", std::string(kProtobuf)});
  return answer;
}

std::string quoted(std::string_view text) {
  std::string json;
  codec::append_json_string(json, text);
  return json;
}

http::Response success(bool is_json, const Gatherer& gathered) {
  if (gathered.left_out() == 0) return is_json ? http::Response::json(200, "{}") : protobuf_answer(200, "");
  const std::string count = std::to_string(gathered.left_out());
  if (is_json)
    return http::Response::json(200, R"({"partialSuccess":{"rejectedLogRecords":")" + count + R"(","errorMessage":)" +
                                         quoted(gathered.why()) + "}}");
  const std::string partial = number_and_text(gathered.left_out(), gathered.why());
  std::string bytes = "\x0a";
  append_varint(bytes, partial.size());
  return protobuf_answer(200, bytes + partial);
}

auto refuse(bool is_json, unsigned status, unsigned code, std::string_view why) {
  if (!is_json) return tl::unexpected(protobuf_answer(status, number_and_text(code, why)));
  return tl::unexpected(
      http::Response::json(status, "{\"code\":" + std::to_string(code) + ",\"message\":" + quoted(why) + "}"));
}

}  // namespace

Taken take_otlp(const http::Request& request, const IntakeLimits& limits) {
  const std::string type = request.content_type();
  const bool is_json = type == "application/json";
  if (!is_json && type != kProtobuf && type != "application/protobuf")
    return tl::unexpected(http::Response::text(415, "logs are taken as application/x-protobuf or application/json"));
  Gatherer gathered(limits);
  const bool good = is_json ? read_otlp_json(request.body, gathered) : read_otlp_protobuf(request.body, gathered);
  if (gathered.overflow()) return refuse(is_json, 413, kResourceExhausted, *gathered.overflow());
  if (!good) return refuse(is_json, 400, kInvalidArgument, "the body is no ExportLogsServiceRequest");
  auto answer = success(is_json, gathered);
  return Intake{std::move(gathered.messages()), std::move(answer)};
}

}  // namespace logcat
