// Elasticsearch's bulk API (https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-bulk.html): for each
// message an action and its document, a line each.
//
//   {"create":{"_index":"logs","_id":"ORIGIN:ID"}}
//   {"@timestamp":"2026-11-28T10:00:00Z","hostname":"h",...,"message":"text"}
//
// The document is the message in JSON, an object. For data streams it gets @timestamp, the event's time, where it has
// none. The members _index and _id, which Elasticsearch takes in no document, go to the action. An _id of the
// document's own makes that "index", so that the later of two documents with one _id counts, as their sender wanted.
// Else the _id is the message's key, and a repetition is answered 409: the document is there already.
#include "base/quote.h"
#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "tools/logsend/http/bulk_answer.h"
#include "tools/logsend/http/named_fields.h"
#include "tools/logsend/http/records.h"

namespace logsend::http {
namespace {

constexpr std::string_view kTimestamp = "@timestamp";

// What a document's members say to this API, in JSON.
struct Own {
  std::string index;
  std::string id;
  bool has_timestamp = false;
};

Own own_of(std::string_view object) {
  Own own;
  codec::each_member(object, [&own](std::string_view name, std::string_view value) {
    const bool is_name = codec::is_json_string(value) || codec::is_json_number(value);
    own.has_timestamp |= name == kTimestamp;
    if (name == "_index" && is_name && own.index.empty()) append_as_string(own.index, value);
    if (name == "_id" && is_name && own.id.empty()) append_as_string(own.id, value);
    return true;
  });
  return own;
}

void append_action(std::string& out, const Own& own, std::string_view key) {
  std::string id = own.id;
  if (id.empty() && !key.empty()) codec::append_json_string(id, key);
  std::string action = "{";
  if (!own.index.empty()) {
    append_member_name(action, "_index");
    action += own.index;
  }
  if (!id.empty()) {
    append_member_name(action, "_id");
    action += id;
  }
  out.append(own.id.empty() ? "{\"create\":" : "{\"index\":").append(action).append("}}\n");
}

void append_without_own(std::string& document, std::string_view object) {
  codec::each_member(object, [&document](std::string_view name, std::string_view value) {
    if (name == "_index" || name == "_id") return true;
    append_member_name(document, name);
    codec::append_compact_json(document, value);
    return true;
  });
  document += '}';
}

void append_document(std::string& out, std::string_view object, const Own& own,
                     const std::optional<codec::Timestamp>& time) {
  std::string document = "{";
  if (!own.has_timestamp && time) {
    append_member_name(document, kTimestamp);
    document += '"';
    codec::append_iso_time(document, *time);
    document += '"';
  }
  if (!own.index.empty() || !own.id.empty()) {
    append_without_own(document, object);
  } else {
    std::string rest;
    codec::append_compact_json(rest, object.substr(1));
    document.append(document.size() > 1 && rest != "}" ? "," : "").append(rest);
  }
  out.append(document).append("\n");
}

// No operator has told Elasticsearch yet to take documents like this one.
bool is_closed(unsigned status) {
  return status == 401 || status == 403 || status == 404;
}

bool is_taken(const BulkItem& item) {
  return item.status >= 200 && item.status < 300;
}

Fate fate_of(unsigned status) {
  const bool refused = status >= 400 && status < 500 && status != 408 && status != 429 && !is_closed(status);
  return refused ? Fate::refused : Fate::again;
}

std::string reason_of(const BulkItem& item) {
  return std::to_string(item.status) + (item.reason.empty() ? "" : " ") + item.reason;
}

Verdict verdict_of(const std::vector<BulkItem>& items) {
  Verdict verdict{.kind = Verdict::Kind::each};
  bool all_again = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!is_taken(items[i])) verdict.items.push_back({i, fate_of(items[i].status), reason_of(items[i])});
    all_again &= !is_taken(items[i]) && verdict.items.back().fate == Fate::again;
  }
  if (verdict.items.empty()) return {.kind = Verdict::Kind::taken};
  if (!all_again) return verdict;
  const auto kind = is_closed(items.front().status) ? Verdict::Kind::closed : Verdict::Kind::again;
  return {.kind = kind, .reason = verdict.items.front().reason};
}

class Bulk final : public Api {
 public:
  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{.text = Text::json,
                                    .reads_fields = true,
                                    .content_type = "application/x-ndjson",
                                    .token_scheme = "ApiKey",
                                    .judges_body = true,
                                    .answer_bytes = 16 << 20};
    return kTraits;
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    const std::string_view object = codec::json_trimmed(message.text);
    if (!object.starts_with('{') || !codec::is_json(object))
      return base::fail(base::Kind::data, "encode a message", "a document is a JSON object");
    const Own own = own_of(object);
    append_action(out, own, message.key);
    append_document(out, object, own, message.event.timestamp);
    return {};
  }

  // Nothing but this is wanted of the answer, as by Beats.
  [[nodiscard]] Request assemble(const Parts& parts, std::string& /*space*/) const override {
    return {.body = parts.bytes(), .query = "filter_path=errors,items.*.error,items.*.status"};
  }

  [[nodiscard]] Verdict judge(const Parts& parts, const Answer& answer) const override {
    Verdict verdict = judge_status(answer);
    if (verdict.kind != Verdict::Kind::taken) return verdict;
    const auto items = read_bulk_answer(answer.body, parts.count());
    if (items) return verdict_of(*items);
    return {
        .kind = Verdict::Kind::again,
        .reason = "the answer does not say what became of the documents: " + base::quote(answer.body, kShownOfBody)};
  }
};

}  // namespace

std::unique_ptr<Api> make_bulk() {
  return std::make_unique<Bulk>();
}

}  // namespace logsend::http
