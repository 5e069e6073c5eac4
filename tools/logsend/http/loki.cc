// Loki's push API in JSON (https://grafana.com/docs/loki/latest/reference/loki-http-api/): entries with the same labels
// are a stream, and stand in it in the order of their times.
//
//   {"streams":[{"stream":{"hostname":"h"},"values":[["1570818238000000000","text",{"procid":"1"}]]}]}
//
// The line is the message; fields that are no labels are structured metadata (named_fields.h), texts all of them. Loki
// takes no stream without labels, so {job="logpipe"} stands where there are none.
//
// Loki keeps one of two entries of a stream that have the same time and line, and has no order for those that have the
// same time. So where a time says no more than milliseconds, its last six digits are those of the message's number.
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/ascii.h"
#include "codec/json_string.h"
#include "codec/json_walk.h"
#include "tools/logsend/http/named_fields.h"
#include "tools/logsend/http/records.h"
#include "tools/logsend/http/unix_times.h"

namespace logsend::http {
namespace {

// Of a part, which is a stream with one entry. Neither stands in a JSON string, where quotes have a backslash.
constexpr std::string_view kBeforeEntry = ",\"values\":[";
constexpr std::string_view kBehindEntry = "]}";

// "attributes.http" as "attributes_http": Loki's names are those of Prometheus.
std::string label_name(std::string_view name) {
  std::string label;
  for (const char c : name) label += base::is_letter(c) || base::is_digit(c) ? c : '_';
  if (base::is_digit(label.front())) label.insert(0, 1, '_');
  return label;
}

// The number that ends "ORIGIN:ID".
std::uint64_t number_of(std::string_view key) {
  std::uint64_t number = 0;
  const std::string_view id = key.substr(key.rfind(':') + 1);
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number;
}

std::optional<std::uint64_t> entry_time(const Message& message) {
  constexpr std::uint8_t kMilliseconds = 3;
  constexpr std::uint64_t kNanoseconds = 1'000'000;  // of a millisecond
  const auto& time = message.event.timestamp;
  const auto exact = time ? unix_nanoseconds(*time) : std::nullopt;
  if (!exact || time->digits > kMilliseconds) return exact;
  return *exact + number_of(message.key) % kNanoseconds;
}

class Metadata final : public FieldVisitor {
 public:
  explicit Metadata(const std::vector<NamedField>& labels) : labels_(labels) {}

  void take(std::string_view name, std::string_view json) override {
    const auto says_it = [name](const NamedField& label) { return label.name == name && label_name(name) == name; };
    if (std::ranges::any_of(labels_, says_it)) return;
    append_member_name(object_, name);
    append_as_string(object_, json);
  }
  [[nodiscard]] const std::string& object() const { return object_; }  // without its end

 private:
  const std::vector<NamedField>& labels_;
  std::string object_ = "{";
};

struct Entry {
  std::uint64_t time;
  std::string_view text;  // ["TIME","line"]
};

struct Stream {
  std::string_view head;  // {"stream":{...}
  std::vector<Entry> entries;
};

Entry entry_in(std::string_view text) {
  std::uint64_t time = 0;
  std::from_chars(text.data() + 2, text.data() + text.size(), time);
  return {time, text};
}

std::vector<Stream> streams_of(const Parts& parts) {
  std::vector<Stream> streams;
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < parts.count(); ++i) {
    std::string_view rest = parts[i];
    const std::string_view head = rest.substr(0, rest.find(kBeforeEntry));
    rest.remove_prefix(head.size() + kBeforeEntry.size());
    rest.remove_suffix(kBehindEntry.size());
    const auto [place, is_new] = places.try_emplace(head, streams.size());
    if (is_new) streams.push_back({head, {}});
    streams[place->second].entries.push_back(entry_in(rest));
  }
  return streams;
}

class Loki final : public Api {
 public:
  explicit Loki(std::vector<NamedField> labels) : labels_(std::move(labels)) {}

  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{
        .text = Text::message, .reads_fields = true, .content_type = "application/json", .frame_bytes = 64};
    return kTraits;
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    const auto time = entry_time(message);
    if (!time) return base::fail(base::Kind::data, "encode a message", "Loki takes times from 1970 to 2262");
    out += "{\"stream\":";
    append_labels(out, message.event);
    out.append(kBeforeEntry).append("[\"").append(std::to_string(*time)).append("\",");
    codec::append_json_string(out, message.text);
    Metadata metadata(labels_);
    visit_fields(message, metadata);
    if (metadata.object().size() > 1) out.append(",").append(metadata.object()).append("}");
    out.append("]").append(kBehindEntry);
    return {};
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& space) const override {
    space.reserve(parts.bytes().size() + traits().frame_bytes);
    space = "{\"streams\":[";
    for (Stream& stream : streams_of(parts)) {
      std::ranges::stable_sort(stream.entries, {}, &Entry::time);
      if (!space.ends_with('[')) space += ',';
      space.append(stream.head).append(kBeforeEntry);
      for (const Entry& entry : stream.entries) {
        if (!space.ends_with('[')) space += ',';
        space += entry.text;
      }
      space += kBehindEntry;
    }
    space += "]}";
    return {.body = space};
  }

 private:
  void append_labels(std::string& out, const codec::Event& event) const {
    std::string object = "{";
    std::string space;
    for (const NamedField& label : labels_) {
      const std::string_view text = codec::field_text(event, label.path, space);
      if (text.empty()) continue;
      append_member_name(object, label_name(label.name));
      codec::append_json_string(object, text);
    }
    out.append(object.size() > 1 ? object : R"({"job":"logpipe")").append("}");
  }

  std::vector<NamedField> labels_;
};

}  // namespace

std::unique_ptr<Api> make_loki(std::vector<NamedField> labels) {
  return std::make_unique<Loki>(std::move(labels));
}

}  // namespace logsend::http
