#include "tools/logredis/queue/queue_view.h"

#include <algorithm>

#include "tools/logredis/queue/keys.h"
#include "tools/logredis/queue/queue_type.h"
#include "tools/logredis/queue/scan.h"

namespace logredis {
namespace {

using base::Result;

class Look {
 public:
  Look(redis::Session& session, const std::string& key, base::Duration patience)
      : session_(session), keys_(key), patience_(patience) {
    view_.key = key;
  }

  Result<QueueView> run() {
    view_.layout = TRY(type_of(session_, view_.key, patience_));
    if (view_.layout != "list" && view_.layout != "stream" && view_.layout != "none")
      return base::fail(base::Kind::data, "use " + view_.key + " at " + session_.address(),
                        "it holds a " + view_.layout + ", not a list or a stream");
    TRY(size());
    view_.layout == "stream" ? TRY(groups()) : TRY(claims());
    if (view_.layout == "none" && view_.backlog() > 0) view_.layout = "list";  // all of it was handed out
    TRY(origins());
    std::ranges::sort(view_.consumers, {}, &ConsumerView::name);
    std::ranges::sort(view_.origins, {}, &OriginView::name);
    return std::move(view_);
  }

 private:
  Result<void> size() {
    if (view_.layout == "none") return {};
    const char* length = view_.layout == "list" ? "LLEN" : "XLEN";
    view_.messages = TRY(number(redis::Command(length).add(view_.key)));
    view_.bytes = TRY(number(redis::Command("MEMORY").add("USAGE").add(view_.key)));
    const redis::Reply left = TRY(ask(redis::Command("PTTL").add(view_.key)));
    if (left.integer() >= 0) view_.expires = std::chrono::milliseconds(left.integer());
    return {};
  }

  // Each consumer of a list has a hash, with a field for each claim that is not over.
  Result<void> claims() {
    const std::string prefix = keys_.consumer_prefix();
    return scan(session_, glob_literal(prefix) + "*", "hash", patience_,
                [&](const std::string& hash) { return consumer(hash.substr(prefix.size()), hash); });
  }

  Result<void> consumer(const std::string& name, const std::string& hash) {
    constexpr std::string_view kClaim = "claim:";
    ConsumerView consumer{.name = name, .ready = std::nullopt};
    const redis::Reply fields = TRY(ask(redis::Command("HKEYS").add(hash)));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string_view field = fields[i].text();
      if (!field.starts_with(kClaim)) continue;
      const std::uint64_t claim = TRY(base::parse_number(field.substr(kClaim.size())));
      consumer.backlog += TRY(number(redis::Command("LLEN").add(keys_.backlog(name, claim))));
      consumer.live += TRY(number(redis::Command("EXISTS").add(keys_.lease(name, claim))));
    }
    view_.consumers.push_back(std::move(consumer));
    return {};
  }

  Result<void> groups() {
    const redis::Reply groups = TRY(ask(redis::Command("XINFO").add("GROUPS").add(view_.key)));
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const redis::Reply group = groups[i];
      ConsumerView consumer{.name = std::string(group.value_of("name").text()), .ready = std::nullopt};
      const redis::Reply lag = group.value_of("lag");  // since 7.0, and not after XDEL
      if (!lag.is_nil()) consumer.ready = static_cast<std::uint64_t>(lag.integer());
      consumer.backlog = static_cast<std::uint64_t>(group.value_of("pending").integer());
      consumer.live = static_cast<std::uint64_t>(group.value_of("consumers").integer());
      view_.consumers.push_back(std::move(consumer));
    }
    return {};
  }

  Result<void> origins() {
    const std::string prefix = keys_.origin_prefix();
    return scan(session_, glob_literal(prefix) + "*", "string", patience_,
                [&](const std::string& name) -> Result<void> {
                  const redis::Reply last = TRY(ask(redis::Command("GET").add(name)));
                  view_.origins.push_back({name.substr(prefix.size()), std::string(last.text())});
                  return {};
                });
  }

  Result<redis::Reply> ask(const redis::Command& command) { return session_.ask(command, patience_); }

  Result<std::uint64_t> number(const redis::Command& command) {
    return static_cast<std::uint64_t>(TRY(ask(command)).integer());
  }

  redis::Session& session_;
  Keys keys_;
  base::Duration patience_;
  QueueView view_;
};

}  // namespace

std::uint64_t QueueView::backlog() const {
  std::uint64_t sum = 0;
  for (const ConsumerView& consumer : consumers) sum += consumer.backlog;
  return sum;
}

Result<ServerView> look_at_server(redis::Session& session, base::Duration patience) {
  ServerView view;
  view.durability = TRY(find_durability(session, patience));
  view.address = session.address();
  view.version = session.version();
  return view;
}

Result<QueueView> look_at_queue(redis::Session& session, const std::string& key, base::Duration patience) {
  return Look(session, key, patience).run();
}

}  // namespace logredis
