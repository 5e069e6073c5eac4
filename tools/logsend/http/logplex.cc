// logplex: what Heroku's drains post, and `logcat http://` and hubs take at /logs.
#include <algorithm>
#include <array>

#include "base/units.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "codec/logplex.h"
#include "tools/logsend/http/api.h"

namespace logsend::http {
namespace {

// What precedes the next space.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

// "2026-11-28T10:00:00.123456Z" as logplex writes it.
std::string logplex_time(std::string_view time) {
  constexpr std::size_t kSeconds = std::string_view("2026-11-28T10:00:00").size();
  return std::string(time.substr(0, kSeconds)) + "+00:00";
}

// logbuf's message that some were dropped (tools/logbuf/loss_message.h) in logplex's words. Nothing: it is another one.
std::optional<std::string> l10_of(std::string_view text) {
  if (!text.starts_with("<44>1 ")) return std::nullopt;
  std::array<std::string_view, 7> header;
  for (std::string_view& word : header) word = take_word(text);
  if (header[3] != "logbuf" || header[5] != "loss") return std::nullopt;
  const std::string_view count = take_word(text);
  constexpr std::string_view kSince = " dropped since ";
  const auto since = text.find(kSince);
  if (count.empty() || count.find_first_not_of("0123456789") != count.npos || since == text.npos) return std::nullopt;
  text.remove_prefix(since + kSince.size());
  return "<172>1 " + logplex_time(header[1]) +
         " host heroku logplex - - Error L10 (output buffer overflow): " + std::string(count) +
         " messages dropped since " + logplex_time(take_word(text)) + ".";
}

// The messages that a hub has not taken, while it took all others (docs/hub.md). Empty: the answer does not say so.
std::vector<Item> items_in(std::string_view body, std::size_t messages) {
  std::vector<Item> items;
  body = codec::json_trimmed(body);
  if (!body.starts_with('{') || !codec::is_json(body)) return items;
  codec::each_member(body, [&](std::string_view name, std::string_view list) {
    const bool unknown = name == "unknown_token";
    if (!unknown && name != "malformed") return true;
    codec::each_element(list, [&](std::string_view place) {
      if (const auto index = base::parse_number(place); index && *index < messages)
        items.push_back({static_cast<std::size_t>(*index), Fate::refused,
                         unknown ? "no channel has the token that it names" : "it names no token"});
      return true;
    });
    return true;
  });
  std::ranges::sort(items, {}, &Item::index);
  return items;
}

class Logplex final : public Api {
 public:
  [[nodiscard]] const Traits& traits() const override {
    static constexpr Traits kTraits{
        .text = Text::rfc5424, .content_type = "application/logplex-1", .answer_bytes = 16 << 20};
    return kTraits;
  }

  [[nodiscard]] Verdict judge(const Parts& parts, const Answer& answer) const override {
    Verdict verdict = judge_status(answer);
    if (answer.status != 422 || !answer.whole) return verdict;
    verdict.items = items_in(answer.body, parts.count());
    if (!verdict.items.empty()) verdict.kind = Verdict::Kind::each;
    return verdict;
  }

  base::Result<void> encode(std::string& out, const Message& message) const override {
    const auto l10 = l10_of(message.text);
    codec::append_logplex_frame(out, l10 ? std::string_view(*l10) : message.text);
    return {};
  }

  [[nodiscard]] Request assemble(const Parts& parts, std::string& /*space*/) const override {
    return {.body = parts.bytes(),
            .headers = {"Logplex-Msg-Count: " + std::to_string(parts.count()),
                        "Logplex-Frame-Id: " + std::string(parts.key())}};
  }
};

bool is_path(std::string_view path) {
  return path == "/logs" || path == "/logs/";
}

MakeApi declare(cli::CommandLine& /*line*/) {
  return [](const Setting&) -> base::Result<std::unique_ptr<Api>> { return std::make_unique<Logplex>(); };
}

}  // namespace

constinit const Kind kLogplex{"logplex", "/logs", is_path, "application/logplex-1", declare};

}  // namespace logsend::http
