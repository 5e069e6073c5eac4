// A log record of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/logs/data-model/), and the two encodings in
// which records are posted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logcat {

// What records of one resource and scope have in common. JSON objects; empty: there is none.
struct RecordOrigin {
  std::string resource;  // the attributes
  std::string scope;     // "name", "version", "attributes"
  std::string hostname;  // of the resource's attributes: host.name
  std::string appname;   // service.name
};

struct LogRecord {
  std::uint64_t time = 0;  // nanoseconds since 1970; 0: not known
  std::uint64_t observed_time = 0;
  std::uint64_t severity_number = 0;  // 1 to 24; 0: not known
  std::string severity_text;
  std::string body;
  bool body_is_object = false;  // then it is JSON
  std::string attributes;       // a JSON object; empty: there are none
  std::uint64_t dropped_attributes = 0;
  std::uint64_t flags = 0;
  std::string trace_id;  // in hexadecimal digits, or empty
  std::string span_id;
  std::string event_name;
};

// Gets the records of a request in turn. False: read no more of them.
class RecordVisitor {
 public:
  virtual ~RecordVisitor() = default;
  virtual bool take(const LogRecord& record, const RecordOrigin& origin) = 0;
};

// How deep values may be nested in each other.
inline constexpr unsigned kDeepestValue = 32;

// False: the body is malformed, or the visitor wanted no more.
bool read_otlp_json(std::string_view body, RecordVisitor& visitor);
// As that. Strings that are not UTF-8 are malformed, as in all readers of protobuf; but not the body of a record.
bool read_otlp_protobuf(std::string_view body, RecordVisitor& visitor);

}  // namespace logcat
