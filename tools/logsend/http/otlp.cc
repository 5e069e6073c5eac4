// OpenTelemetry's logs over HTTP in JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp): a log record for each
// message; those of the same resource and scope stand together. Traces of mulog are spans, in requests of their own
// (otlp_span.h).
//
// The time is timeUnixNano; the severity is severityNumber, as the data model's appendix B maps syslog's, and
// severityText. hostname and appname are host.name and service.name of the resource. The message is the body: a text,
// bytes where it is not UTF-8, a list of members where it is an object. Open fields that have the names that logcat
// gives to what OTLP has places for (attributes, resource, scope, severity_number, ...) go back there. All else is
// attributes: those of syslog under the names of the data model's appendix A, open fields under their own.

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/quote.h"
#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "tools/logsend/http/named_fields.h"
#include "tools/logsend/http/otlp_answer.h"
#include "tools/logsend/http/otlp_span.h"
#include "tools/logsend/http/otlp_value.h"
#include "tools/logsend/http/records.h"
#include "tools/logsend/http/unix_times.h"

namespace logsend::http {
namespace {

// The data model's appendix B: emergency is FATAL, alert ERROR3, critical ERROR2, notice INFO2.
constexpr std::array<unsigned, 8> kNumbers{21, 19, 18, 17, 13, 10, 9, 5};

// Of a part, which is an element of resourceLogs with one record. The first stands in no JSON string, where quotes have
// a backslash, and is no key of an attribute, behind which a comma stands.
constexpr std::string_view kBeforeRecord = "\"logRecords\":[";
constexpr std::string_view kBehindRecord = "]}]}";

bool is_digits(std::string_view json) {
  return !json.empty() && json.size() <= 10 && json.find_first_not_of("0123456789") == json.npos;
}

bool is_id(std::string_view json, std::size_t bytes) {
  return json.size() == 2 * bytes + 2 && codec::is_json_string(json) &&
         json.find_first_not_of("0123456789abcdefABCDEF", 1) == json.size() - 1;
}

bool is_scope(std::string_view json) {
  return codec::each_member(json, [](std::string_view name, std::string_view value) {
    if (name == "attributes") return codec::is_json_object(value);
    return (name == "name" || name == "version") && codec::is_json_string(value);
  });
}

// {"name":"n","attributes":{"a":1}} as an InstrumentationScope.
std::string scope_of(std::string_view json) {
  std::string scope = "{";
  codec::each_member(json, [&scope](std::string_view name, std::string_view value) {
    append_member_name(scope, name);
    if (name != "attributes") {
      scope += value;
      return true;
    }
    std::string pairs;
    append_otlp_pairs(pairs, value);
    scope.append("[").append(pairs).append("]");
    return true;
  });
  return scope + '}';
}

// One event, sorted into what OTLP has places for.
class Record {
 public:
  explicit Record(const Message& message) : event_(message.event) {
    read_members();
    append_time();
    append_severity();
    append_body(message.text);
    append_syslog();
    if (!attributes_.empty()) add("attributes", "[" + attributes_ + "]");
  }

  [[nodiscard]] std::string record() const { return record_ + '}'; }

  // Of the element of resourceLogs all that stands before the record.
  [[nodiscard]] std::string origin() {
    append_resource_text("host.name", event_.hostname);
    append_resource_text("service.name", event_.appname);
    std::string origin = "{\"resource\":{\"attributes\":[" + resource_ + "]},\"scopeLogs\":[{";
    if (!scope_.empty()) origin.append("\"scope\":").append(scope_).append(",");
    return origin.append(kBeforeRecord);
  }

 private:
  void add(std::string_view name, std::string_view json) {
    append_member_name(record_, name);
    record_ += json;
  }

  void read_members() {
    if (event_.body == codec::Body::whole) return;  // the body has them
    codec::JsonWalker members(event_.members);
    std::string space;
    while (members.at_member()) {
      const std::string_view name = codec::json_string_text(members.take_value(), space);
      const std::string_view value = members.take_value();
      if (!take_place(name, value)) append_attribute(name, value);
    }
  }

  // False: OTLP has no place for it, or it cannot stand there.
  bool take_place(std::string_view name, std::string_view json) {
    if (name == "attributes" && codec::is_json_object(json)) {
      append_otlp_pairs(attributes_, json);
    } else if (name == "resource" && codec::is_json_object(json)) {
      take_resource(json);
    } else if (name == "scope" && is_scope(json)) {
      scope_ = scope_of(json);
    } else if (name == "severity_number" && is_digits(json)) {
      severity_number_ = json;
    } else if (name == "severity_text" && codec::is_json_string(json)) {
      severity_text_ = json;
    } else if (name == "event_name" && codec::is_json_string(json)) {
      add("eventName", json);
    } else if (name == "trace_id" && is_id(json, 16)) {
      add("traceId", json);
    } else if (name == "span_id" && is_id(json, 8)) {
      add("spanId", json);
    } else if (name == "trace_flags" && is_digits(json)) {
      add("flags", json);
    } else if (name == "dropped_attributes_count" && is_digits(json)) {
      add("droppedAttributesCount", json);
    } else {
      return false;
    }
    return true;
  }

  void take_resource(std::string_view object) {
    append_otlp_pairs(resource_, object);
    codec::each_member(object, [this](std::string_view name, std::string_view value) {
      has_host_ |= name == "host.name" && codec::is_json_string(value);
      has_service_ |= name == "service.name" && codec::is_json_string(value);
      return true;
    });
  }

  void append_resource_text(std::string_view name, std::string_view text) {
    if (text.empty() || (name == "host.name" ? has_host_ : has_service_)) return;
    std::string value = "{\"stringValue\":";
    codec::append_json_string(value, text);
    append_otlp_pair(resource_, name, value + '}');
  }

  void append_attribute(std::string_view name, std::string_view json) {
    std::string value;
    append_otlp_value(value, json);
    append_otlp_pair(attributes_, name, value);
  }

  void append_attribute_text(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    std::string value;
    append_otlp_text(value, text);
    append_otlp_pair(attributes_, name, value);
  }

  void append_time() {
    const auto time = event_.timestamp ? unix_nanoseconds(*event_.timestamp) : std::nullopt;
    if (time) add("timeUnixNano", '"' + std::to_string(*time) + '"');
  }

  void append_severity() {
    if (severity_number_.empty() && event_.severity) severity_number_ = std::to_string(kNumbers.at(*event_.severity));
    if (!severity_number_.empty()) add("severityNumber", severity_number_);
    if (severity_text_.empty() && event_.severity)
      severity_text_ = '"' + std::string(codec::severity_name(*event_.severity)) + '"';
    if (!severity_text_.empty()) add("severityText", severity_text_);
  }

  void append_body(std::string_view text) {
    std::string body;
    if (event_.body != codec::Body::text && text == event_.message)
      append_otlp_value(body, codec::json_trimmed(text));
    else
      append_otlp_text(body, text);
    add("body", body);
  }

  void append_syslog() {
    if (event_.facility) append_attribute("syslog.facility", std::to_string(*event_.facility));
    append_attribute_text("syslog.procid", event_.procid);
    append_attribute_text("syslog.msgid", event_.msgid);
    append_attribute_text("syslog.structured_data", event_.structured_data);
    append_attribute_text("peer_address", event_.peer_address);
    append_attribute_text("protocol", event_.protocol);
    if (event_.local_port != 0) append_attribute("local_port", std::to_string(event_.local_port));
    if (event_.form == codec::Form::unparsed) append_attribute_text("unparsed", event_.reason);
    if (!event_.members_base64.empty())
      append_attribute("base64", "{" + std::string(event_.members_base64.substr(1)) + "}");
  }

  const codec::Event& event_;
  std::string record_ = "{";
  std::string attributes_;  // pairs
  std::string resource_;    // pairs
  std::string scope_;
  std::string severity_number_;
  std::string severity_text_;  // JSON
  bool has_host_ = false;
  bool has_service_ = false;
};

struct Group {
  std::string_view origin;
  std::vector<std::string_view> records;
};

std::vector<Group> groups_of(const Parts& parts, std::string_view before) {
  std::vector<Group> groups;
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < parts.count(); ++i) {
    std::string_view rest = parts[i];
    const std::string_view origin = rest.substr(0, rest.find(before) + before.size());
    rest.remove_prefix(origin.size());
    rest.remove_suffix(kBehindRecord.size());
    const auto [place, is_new] = places.try_emplace(origin, groups.size());
    if (is_new) groups.push_back({origin, {}});
    groups[place->second].records.push_back(rest);
  }
  return groups;
}

// What the URL has a path for, and the path of the other. Apart only where that is known.
struct Paths {
  bool apart = false;
  std::string logs = {};  // empty: that of the URL
  std::string traces = {};
};

Paths paths_of(std::string_view path) {
  constexpr std::string_view kLogs = "/v1/logs";
  constexpr std::string_view kTraces = "/v1/traces";
  if (path.find("%{") != path.npos) return {};  // of fields, which are the message's
  const auto with = [&path](std::string_view end, std::string_view other) {
    return std::string(path.substr(0, path.size() - end.size())) + std::string(other);
  };
  if (path.ends_with(kLogs)) return {.apart = true, .traces = with(kLogs, kTraces)};
  if (path.ends_with(kTraces)) return {.apart = true, .logs = with(kTraces, kLogs)};
  return {};
}

class Otlp final : public Api {
 public:
  explicit Otlp(Paths paths) : paths_(std::move(paths)) {}

  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{.text = Text::message,
                                    .reads_fields = true,
                                    .content_type = "application/json",
                                    .frame_bytes = 64,
                                    .judges_body = true};
    return kTraits;
  }

  // A trace, which goes to a path of its own.
  [[nodiscard]] bool is_apart(const Message& message) const override {
    return paths_.apart && is_otlp_span(message.event);
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    if (is_apart(message)) {
      append_otlp_span(out, message.event);
      return {};
    }
    Record record(message);
    out.append(record.origin()).append(record.record()).append(kBehindRecord);
    return {};
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& space) const override {
    space.reserve(parts.bytes().size() + traits().frame_bytes);
    const bool spans = are_spans(parts);
    space = spans ? "{\"resourceSpans\":[" : "{\"resourceLogs\":[";
    for (const Group& group : groups_of(parts, spans ? kBeforeSpan : kBeforeRecord)) {
      if (!space.ends_with('[')) space += ',';
      space += group.origin;
      for (const std::string_view record : group.records) {
        if (!space.ends_with('[')) space += ',';
        space += record;
      }
      space += kBehindRecord;
    }
    space += "]}";
    return {.body = space, .path = spans ? paths_.traces : paths_.logs};
  }

  // Which records were rejected is not said, so that it has to be found by sending fewer.
  [[nodiscard]] Verdict judge(const Parts& parts, const Answer& answer) const override {
    Verdict verdict = judge_status(answer);
    if (verdict.kind != Verdict::Kind::taken) return verdict;
    const auto said = read_otlp_answer(answer.body);
    if (!said)
      return {.kind = Verdict::Kind::again,
              .reason = "the answer is none of OTLP: " + base::quote(answer.body, kShownOfBody)};
    if (said->rejected == 0) return verdict;
    return {.kind = Verdict::Kind::refused,
            .reason = std::to_string(said->rejected) + " of " + std::to_string(parts.count()) +
                      (are_spans(parts) ? " spans rejected: " : " log records rejected: ") +
                      base::quote(said->message, kShownOfBody)};
  }

 private:
  static bool are_spans(const Parts& parts) { return parts[0].find(kBeforeSpan) != std::string_view::npos; }

  Paths paths_;
};

}  // namespace

std::unique_ptr<Api> make_otlp(std::string_view path) {
  return std::make_unique<Otlp>(paths_of(path));
}

}  // namespace logsend::http
