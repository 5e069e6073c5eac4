#include "tools/logbuf/server/peer.h"

#include <utility>

#include "base/quote.h"
#include "codec/logd_request.h"
#include "tools/logbuf/server/number.h"
#include "tools/logbuf/store/mastership.h"

namespace logbuf {
namespace {

constexpr base::Duration kAskEvery = std::chrono::seconds(3);
constexpr std::size_t kShown = 80;

}  // namespace

std::optional<PeerState> parse_peer_state(std::string_view statistics) {
  const auto epoch = parse_epoch(codec::logd_statistic(statistics, "epoch"));
  const auto head = number(codec::logd_statistic(statistics, "head"));
  const std::string_view log = codec::logd_statistic(statistics, "log");
  if (!epoch || !head || log.empty()) return std::nullopt;
  return PeerState{.epoch = *epoch, .head = *head, .log = std::string(log)};
}

Peer::Peer(event::Loop& loop, const net::Url& url, net::LogdOptions options, base::Report report, Judge judge)
    : name_(url.text()),
      judge_(std::move(judge)),
      session_(loop, {url}, std::move(options),
               [this, report = std::move(report)](base::Level level, const std::string& text) {
                 if (level == base::Level::warning) trouble_ = text;
                 report(level, text);
               },
               {.connected = [this] { ask(); },
                .reply = [this](const codec::LogdReply& reply) { return take(reply); },
                .lost = [] {},
                .waiting = [] { return std::size_t{0}; },
                .ended = [] {}}),  // it is connected to again when it is to be asked
      again_(loop, [this] { session_.connected() ? ask() : session_.start(); }) {}

void Peer::ask() {
  std::string request;
  codec::append_logd_head(request, "STATS", 0);
  session_.may_end(false);
  session_.expect(codec::LogdReplyReader::Bodies::stats);
  session_.send(request);
}

base::Result<void> Peer::take(const codec::LogdReply& reply) {
  if (auto judged = judge(reply); !judged) {
    trouble_ = judged.error().text();  // the outage may have been reported before, with another reason
    return judged;
  }
  heard_ = true;
  session_.proved();
  session_.may_end(true);
  again_.start(kAskEvery);
  return {};
}

base::Result<void> Peer::judge(const codec::LogdReply& reply) {
  const auto state = reply.kind == codec::LogdReply::Kind::ok ? parse_peer_state(reply.text) : std::nullopt;
  if (!state)
    return base::fail(base::Kind::protocol, "ask " + name_,
                      "it does not tell its epoch, and answers " + base::quote(reply.text, kShown));
  return judge_(*this, *state);
}

}  // namespace logbuf
