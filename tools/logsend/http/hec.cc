// Splunk's HTTP Event Collector
// (https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector): an object for each
// message, one after the other.
//
//   {"time":1433188255.253,"event":"text","host":"h","fields":{"appname":"a"}}
//
// "event" is the message, a text or an object. As no server takes an empty text, an empty message is the object
// {"message":""}. The open fields source, sourcetype and index stand where Splunk has them. All other fields are in
// "fields", where Splunk takes no objects and no lists of lists (named_fields.h).
//
// Requests are on a channel. Where the answer has an ackId, the messages are safe when the server confirms that.
#include <algorithm>
#include <array>

#include "base/quote.h"
#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "tools/logsend/http/hec_answer.h"
#include "tools/logsend/http/named_fields.h"
#include "tools/logsend/http/records.h"
#include "tools/logsend/http/unix_times.h"

namespace logsend::http {
namespace {

constexpr std::array<std::string_view, 3> kOwnPlace{"source", "sourcetype", "index"};

bool is_flat(std::string_view list) {
  return codec::each_element(list, [](std::string_view value) {
    return value != "null" && !codec::is_json_object(value) && !codec::is_json_list(value);
  });
}

class Fields final : public FieldVisitor {
 public:
  void take(std::string_view name, std::string_view json) override {
    const bool is_text = codec::is_json_string(json);
    if (name == "hostname")
      append(outer_, "host", json);
    else if (is_text && std::ranges::find(kOwnPlace, name) != kOwnPlace.end())
      append(outer_, name, json);
    else
      append(inner_, name, json);
  }

  // As members behind others.
  void append_to(std::string& out) const {
    if (outer_.size() > 1) out.append(",").append(outer_, 1);
    if (inner_.size() > 1) out.append(",\"fields\":").append(inner_).append("}");
  }

 private:
  static void append(std::string& object, std::string_view name, std::string_view json) {
    append_member_name(object, name);
    if (codec::is_json_list(json) && !is_flat(json))
      append_as_string(object, json);
    else
      object += json;
  }

  std::string outer_ = "{";
  std::string inner_ = "{";
};

void append_event(std::string& out, const Message& message) {
  out += "\"event\":";
  if (message.text.empty())
    out += R"({"message":""})";
  else if (message.event.body != codec::Body::text && message.text == message.event.message)
    codec::append_compact_json(out, message.text);
  else
    codec::append_json_string(out, message.text);
}

// Whether an answer with this code says something of the events, and not of the token, the channel or the server. An
// index that the token must not write to is an event's fault where the event names it.
bool blames_event(unsigned code, std::string_view part) {
  // Invalid data format, event missing, event blank, indexed fields; and of logcat, too long.
  constexpr std::array<unsigned, 5> kCodes{6, 12, 13, 15, 27};
  constexpr unsigned kIncorrectIndex = 7;
  if (code == kIncorrectIndex) return part.find(",\"index\":") != part.npos;
  return std::ranges::find(kCodes, code) != kCodes.end();
}

// One event is refused, and with it all others.
Verdict refuse_one(const Parts& parts, std::size_t guilty, const std::string& reason) {
  Verdict verdict{.kind = Verdict::Kind::each};
  const std::string of_others = reason + ", which is the fault of another event";
  for (std::size_t i = 0; i < parts.count(); ++i)
    verdict.items.push_back(i == guilty ? Item{i, Fate::refused, reason} : Item{i, Fate::again, of_others});
  return verdict;
}

class Hec final : public Api {
 public:
  Hec(std::string path, std::string channel, base::Duration ask_for)
      : traits_{.text = Text::message,
                .reads_fields = true,
                .content_type = "application/json",
                .token_scheme = "Splunk",
                .judges_body = true,
                .ask_for = ask_for},
        ack_path_(std::move(path)),
        channel_("X-Splunk-Request-Channel: " + std::move(channel)) {}

  [[nodiscard]] const Traits& traits() const override { return traits_; }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    out += '{';
    if (message.event.timestamp && message.event.timestamp->seconds >= 0) {
      out += "\"time\":";
      append_unix_seconds(out, *message.event.timestamp);
      out += ',';
    }
    append_event(out, message);
    Fields fields;
    visit_fields(message, fields);
    fields.append_to(out);
    out += '}';
    return {};
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& /*space*/) const override {
    return {.body = parts.bytes(), .headers = {channel_}};
  }

  [[nodiscard]] Verdict judge(const Parts& parts, const Answer& answer) const override {
    Verdict verdict = judge_status(answer);
    const auto said = read_hec_answer(answer.body);
    if (verdict.kind == Verdict::Kind::taken) return judge_success(answer, said);
    if (verdict.kind != Verdict::Kind::refused || !said) return verdict;
    const std::size_t guilty = said->invalid_event.value_or(0);
    if (guilty >= parts.count()) return verdict;
    if (!blames_event(said->code, parts[guilty]))
      verdict.kind = Verdict::Kind::closed;
    else if (said->invalid_event)
      return refuse_one(parts, guilty, verdict.reason);
    return verdict;
  }

  [[nodiscard]] Request ask(std::span<const std::string> tokens, std::string& space) const override {
    for (const std::string& token : tokens) space.append(space.empty() ? "{\"acks\":[" : ",").append(token);
    space += "]}";
    return {.body = space, .headers = {channel_}, .path = ack_path_};
  }

  [[nodiscard]] std::vector<std::size_t> confirmed(std::span<const std::string> tokens,
                                                   const Answer& answer) const override {
    std::vector<std::size_t> indices;
    if (answer.status != 200) return indices;
    for (const std::uint64_t ack : read_hec_acks(answer.body)) {
      const auto token = std::ranges::find(tokens, std::to_string(ack));
      if (token != tokens.end()) indices.push_back(static_cast<std::size_t>(token - tokens.begin()));
    }
    return indices;
  }

 private:
  static Verdict judge_success(const Answer& answer, const std::optional<HecAnswer>& said) {
    if (!said && codec::json_trimmed(answer.body).empty()) return {.kind = Verdict::Kind::taken};
    if (!said || said->code != 0)
      return {
          .kind = Verdict::Kind::again,
          .reason = "the answer does not say that the events were taken: " + base::quote(answer.body, kShownOfBody)};
    if (said->ack) return {.kind = Verdict::Kind::later, .token = std::to_string(*said->ack)};
    return {.kind = Verdict::Kind::taken};
  }

  Traits traits_;
  std::string ack_path_;
  std::string channel_;
};

}  // namespace

std::unique_ptr<Api> make_hec(std::string_view path, std::string channel, base::Duration ask_for) {
  const auto collector = path.find(kCollector);
  std::string ack_path(path.substr(0, collector == path.npos ? 0 : collector));
  return std::make_unique<Hec>(ack_path.append(kCollector).append("/ack"), std::move(channel), ask_for);
}

}  // namespace logsend::http
