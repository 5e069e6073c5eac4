// Loki's push API (https://grafana.com/docs/loki/latest/reference/loki-http-api/): streams of lines with labels, in
// JSON or as protobuf in one block of snappy. Labels and structured metadata become fields and members of JSON events.
#include <snappy.h>

#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "codec/protobuf.h"
#include "codec/render.h"
#include "tools/logcat/http/api.h"
#include "tools/logcat/http/labels.h"
#include "tools/logcat/http/stream_labels.h"
#include "tools/logcat/http/times.h"

namespace logcat {
namespace {

// Nothing: it was taken.
using Refused = std::optional<http::Response>;

Refused refused(unsigned status, std::string why) {
  return http::Response::text(status, std::move(why));
}

struct Entry {
  std::optional<codec::Timestamp> time;
  std::string_view line;
};

Refused append_entry(stream::Batch& messages, const Labels& labels, const Entry& entry, const IntakeLimits& limits) {
  codec::Event event;
  event.timestamp = entry.time;
  event.message = entry.line;
  labels.fill(event);
  std::string json;
  codec::append_json(json, event);
  if (auto why = append_within(messages, json, limits)) return refused(413, std::move(*why));
  return std::nullopt;
}

// ---- JSON: {"streams":[{"stream":{"job":"web"},"values":[["1570818238000000000","line",{"trace":"1"}]]}]}

class JsonStreams {
 public:
  JsonStreams(stream::Batch& messages, const IntakeLimits& limits) : messages_(messages), limits_(limits) {}

  Refused take(std::string_view body) {
    if (!codec::is_json(body)) return refused(400, "the body is no JSON");
    bool has_streams = false;
    const bool good = codec::each_member(codec::json_trimmed(body), [&](std::string_view name, std::string_view value) {
      if (name != "streams") return true;
      has_streams = true;
      return codec::each_element(value, [&](std::string_view stream) { return take_stream(stream); });
    });
    if (refused_) return refused_;
    if (!good || !has_streams) return refused(400, "the body has no streams of labels and values");
    return std::nullopt;
  }

 private:
  bool take_stream(std::string_view stream) {
    Labels labels;
    std::string_view values;
    const bool good = codec::each_member(stream, [&](std::string_view name, std::string_view value) {
      if (name == "stream") return add_labels(labels, value);
      if (name == "values") values = value;
      return true;
    });
    if (!good) return false;
    return codec::each_element(values, [&](std::string_view entry) { return take_entry(labels, entry); });
  }

  static bool add_labels(Labels& labels, std::string_view object) {
    return codec::each_member(object, [&labels](std::string_view name, std::string_view value) {
      const auto text = codec::json_string(value);
      return text && labels.add(name, *text);
    });
  }

  bool take_entry(const Labels& labels, std::string_view parts) {
    Entry entry;
    std::string line;
    std::optional<Labels> own;  // with the entry's metadata
    std::size_t number = 0;
    const bool good = codec::each_element(parts, [&](std::string_view value) {
      switch (number++) {
        case 0:
          entry.time = parse_unix_nanoseconds(codec::json_string(value).value_or(std::string(value)));
          return entry.time.has_value();
        case 1:
          line = codec::json_string(value).value_or("");
          return value.starts_with('"');
        case 2:
          return add_labels(own.emplace(labels), value);
        default:
          return false;
      }
    });
    if (!good || number < 2) return false;
    entry.line = line;
    refused_ = append_entry(messages_, own ? *own : labels, entry, limits_);
    return !refused_;
  }

  stream::Batch& messages_;
  const IntakeLimits& limits_;
  Refused refused_;
};

// ---- protobuf: https://github.com/grafana/loki/blob/main/pkg/push/push.proto

class ProtobufStreams {
 public:
  ProtobufStreams(stream::Batch& messages, const IntakeLimits& limits) : messages_(messages), limits_(limits) {}

  Refused take(std::string_view push) {
    codec::ProtobufReader fields(push);
    bool good = true;
    while (good && fields.next()) good = !fields.is_bytes(1) || take_stream(fields.bytes());
    if (refused_) return refused_;
    if (!good || !fields.complete()) return refused(400, "the body is no push request in protobuf");
    return std::nullopt;
  }

 private:
  bool take_stream(std::string_view stream) {
    Labels labels;
    codec::ProtobufReader fields(stream);
    while (fields.next()) {
      if (fields.is_bytes(1) && !add_stream_labels(labels, fields.bytes())) return false;
    }
    if (!fields.complete()) return false;
    for (fields = codec::ProtobufReader(stream); fields.next();) {
      if (fields.is_bytes(2) && !take_entry(labels, fields.bytes())) return false;
    }
    return true;
  }

  bool take_entry(const Labels& labels, std::string_view bytes) {
    Entry entry;
    std::optional<Labels> own;
    codec::ProtobufReader fields(bytes);
    while (fields.next()) {
      if (fields.is_bytes(1) && !(entry.time = timestamp(fields.bytes()))) return false;
      if (fields.is_bytes(2)) entry.line = fields.bytes();
      if (!fields.is_bytes(3)) continue;
      if (!own) own = labels;
      if (!add_pair(*own, fields.bytes())) return false;
    }
    if (!fields.complete()) return false;
    refused_ = append_entry(messages_, own ? *own : labels, entry, limits_);
    return !refused_;
  }

  static std::optional<codec::Timestamp> timestamp(std::string_view bytes) {
    std::uint64_t seconds = 0;
    std::uint64_t nanoseconds = 0;
    codec::ProtobufReader fields(bytes);
    while (fields.next()) {
      if (fields.is_varint(1)) seconds = fields.number();
      if (fields.is_varint(2)) nanoseconds = fields.number();
    }
    if (!fields.complete() || nanoseconds > 999'999'999) return std::nullopt;
    return unix_time(static_cast<std::int64_t>(seconds), static_cast<std::uint32_t>(nanoseconds));
  }

  static bool add_pair(Labels& labels, std::string_view bytes) {
    std::string_view name;
    std::string_view value;
    codec::ProtobufReader fields(bytes);
    while (fields.next()) {
      if (fields.is_bytes(1)) name = fields.bytes();
      if (fields.is_bytes(2)) value = fields.bytes();
    }
    return fields.complete() && labels.add(name, value);
  }

  stream::Batch& messages_;
  const IntakeLimits& limits_;
  Refused refused_;
};

Refused take_snappy(std::string_view body, stream::Batch& messages, const IntakeLimits& limits) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &size))
    return refused(400, "the body is no snappy block");
  if (size > limits.body) return refused(413, "the body is too long when it is inflated");
  std::string push(size, '\0');
  if (!snappy::RawUncompress(body.data(), body.size(), push.data())) return refused(400, "the body is no snappy block");
  return ProtobufStreams(messages, limits).take(push);
}

}  // namespace

Taken take_loki(const http::Request& request, const IntakeLimits& limits) {
  stream::Batch messages;
  auto refused = request.content_type() == "application/json" ? JsonStreams(messages, limits).take(request.body)
                                                              : take_snappy(request.body, messages, limits);
  if (refused) return tl::unexpected(std::move(*refused));
  return Intake{std::move(messages), {.status = 204}};
}

}  // namespace logcat
