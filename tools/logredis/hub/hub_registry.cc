#include "tools/logredis/hub/hub_registry.h"

#include <algorithm>
#include <utility>

#include "tools/logredis/hub/hub_scripts.h"

namespace logredis {
namespace {

constexpr std::size_t kMostKnown = 20'000;

// Limits that had no effect would cost memory or messages without a word.
base::Result<hub::Channel> read_channel(const std::string& id, std::string_view json) {
  auto channel = hub::decode(id, json);
  if (!channel) return base::fail(channel.error().kind, "read channel " + id, channel.error().why);
  if (channel->limits == hub::ChannelLimits()) return channel;
  return base::fail(base::Kind::data, "read channel " + id,
                    "a channel on Redis has no \"limits\" of its own; remove them, and use --cap and --ttl");
}

}  // namespace

Stamp stamp_in(std::string_view text) {
  const auto word = [&text] {
    const std::string_view first = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(first.size() + 1, text.size()));
    return base::parse_number(first).value_or(0);
  };
  const std::uint64_t birth = word();
  return {.birth = birth, .revision = word()};
}

base::Error no_channel(const std::string& id) {
  return {base::Kind::no_input, "use channel " + id, "there is no such channel"};
}

base::Result<Registered> HubRegistry::decode(const std::string& id, const redis::Reply& json,
                                             const redis::Reply& stamp) {
  if (json.is_nil()) {
    known_.erase(id);
    return Registered();
  }
  if (known_.size() > kMostKnown) known_.clear();
  Known& known = known_[id];
  known.stamp = stamp_in(stamp.text());
  if (known.channel && known.json == json.text()) return Registered{known.channel, known.stamp};
  auto channel = read_channel(id, json.text());
  if (!channel) {
    known_.erase(id);
    return tl::unexpected(std::move(channel.error()));
  }
  known.channel = std::make_shared<const hub::Channel>(std::move(*channel));
  known.json = json.text();
  return Registered{known.channel, known.stamp};
}

std::optional<Stamp> HubRegistry::stamp_of(const std::string& id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? std::nullopt : std::optional(found->second.stamp);
}

void HubRegistry::find(const std::string& id, hub::Done<Registered> done) {
  server_.reads.run(kHubFind, {.keys = {keys_.channels(), keys_.stamps()}, .args = {id}}, HubLink::Twice::harmless,
                    [this, id, done = std::move(done)](const base::Result<redis::Reply>& reply) {
                      if (!reply) return done(tl::unexpected(reply.error()));
                      done(decode(id, (*reply)[0], (*reply)[1]));
                    });
}

void HubRegistry::find_token(const std::string& token, hub::Done<Registered> done) {
  server_.reads.run(kHubFindToken, {.keys = {keys_.tokens(), keys_.channels(), keys_.stamps()}, .args = {token}},
                    HubLink::Twice::harmless, [this, done = std::move(done)](const base::Result<redis::Reply>& reply) {
                      if (!reply) return done(tl::unexpected(reply.error()));
                      done(decode(std::string((*reply)[0].text()), (*reply)[1], (*reply)[2]));
                    });
}

void HubRegistry::list(hub::Done<std::vector<hub::Found>> done) {
  server_.reads.run(kHubList, {.keys = {keys_.channels(), keys_.stamps()}, .args = {}}, HubLink::Twice::harmless,
                    [this, done = std::move(done)](const base::Result<redis::Reply>& reply) {
                      if (!reply) return done(tl::unexpected(reply.error()));
                      std::vector<hub::Found> channels;
                      for (std::size_t i = 0; i + 2 < reply->size(); i += 3) {
                        auto found = decode(std::string((*reply)[i].text()), (*reply)[i + 1], (*reply)[i + 2]);
                        if (found)
                          channels.push_back(std::move(found->channel));
                        else
                          report_(base::Level::error, found.error().text());
                      }
                      std::ranges::sort(channels, {}, &hub::Channel::id);
                      done(std::move(channels));
                    });
}

// ---- changes

void HubRegistry::update(const std::string& id, hub::Store::Change change, hub::Done<Registered> done) {
  server_.reads.send(
      redis::Command("HGET").add(keys_.channels()).add(id), HubLink::Twice::harmless,
      [this, id, change = std::move(change), done = std::move(done)](const base::Result<redis::Reply>& reply) {
        if (!reply) return done(tl::unexpected(reply.error()));
        try_update(id, std::string(reply->text()), change, done);
      });
}

// Only where the channel still is what it was when `change` saw it; else that sees it again.
void HubRegistry::try_update(const std::string& id, const std::string& known, hub::Store::Change change,
                             hub::Done<Registered> done) {
  std::optional<hub::Channel> next;
  if (!known.empty()) {
    auto channel = read_channel(id, known);
    if (!channel) return done(tl::unexpected(std::move(channel.error())));
    next = std::move(*channel);
  }
  if (auto changed = change(next); !changed) return done(tl::unexpected(std::move(changed.error())));
  const std::string text = next ? hub::encode(*next) : std::string();
  if (text == known) return find(id, std::move(done));
  server_.writes.run(
      kHubUpdate,
      {.keys = {keys_.channels(), keys_.tokens(), keys_.stamps(), keys_.changes()}, .args = {id, known, text}},
      HubLink::Twice::harmful,
      [this, id, next = std::move(next), change = std::move(change),
       done = std::move(done)](const base::Result<redis::Reply>& reply) {
        if (!reply) return done(tl::unexpected(reply.error()));
        const redis::Reply outcome = (*reply)[0];
        if (outcome.text() == "changed") return try_update(id, std::string((*reply)[1].text()), change, done);
        if (outcome.text() == "taken")
          return done(base::fail(base::Kind::data, "change channel " + id, "another has one of its tokens"));
        Registered registered{.channel = next ? std::make_shared<const hub::Channel>(*next) : nullptr,
                              .stamp = stamp_in((*reply)[1].text())};
        server_.replicas.add([registered = std::move(registered), done](const base::Result<>& safe) {
          safe ? done(registered) : done(tl::unexpected(safe.error()));
        });
      });
}

}  // namespace logredis
