#include "hub/drains.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace hub {
namespace {

constexpr std::size_t kAtOnce = 10;  // started in one go; and consumers looked at
constexpr base::Duration kBetweenStarts = std::chrono::milliseconds(100);
constexpr base::Duration kTurn = std::chrono::minutes(1);  // then one that gets nowhere gives way to others
constexpr base::Duration kLeastTurn = std::chrono::seconds(1);

}  // namespace

Drains::Drains(event::Loop& loop, Store& store, DrainSource& source, DrainOptions options, base::Report report)
    : loop_(loop),
      store_(store),
      source_(source),
      options_(options),
      report_(std::move(report)),
      start_more_(loop, [this] { start_some(); }),
      rounds_(loop, [this] { look_around(); }),
      bury_(loop, [this] { bury(); }),
      alive_(std::make_shared<bool>(true)) {
  store_.on_change([this, alive = std::weak_ptr(alive_)](const std::string& id, const Found& channel) {
    if (!alive.expired()) changed(id, channel);
  });
  store_.list([this, alive = std::weak_ptr(alive_)](const base::Result<std::vector<Found>>& channels) {
    if (!alive.expired()) take_list(channels);
  });
  look_around();
}

Drains::~Drains() = default;

void Drains::take_list(const base::Result<std::vector<Found>>& channels) {
  if (!channels) return report_(base::Level::error, "find drains: " + channels.error().text());
  starting_ = true;
  for (const Found& channel : *channels) changed(channel->id, channel);
  starting_ = false;
  learn_some();
}

Outlet* Drains::find(const Name& name) const {
  const auto channel = channels_.find(name.first);
  if (channel == channels_.end()) return nullptr;
  const auto outlet = channel->second.outlets.find(name.second);
  return outlet == channel->second.outlets.end() ? nullptr : outlet->second.get();
}

// ---- which there are

void Drains::changed(const std::string& id, const Found& channel) {
  const auto known = channels_.find(id);
  if (known != channels_.end()) {
    std::vector<Name> gone;
    for (const auto& [token, outlet] : known->second.outlets) {
      const auto same = [&name = token](const Drain& drain) { return drain.token == name && !drain.url.empty(); };
      if (!channel || std::ranges::none_of(channel->drains, same)) gone.emplace_back(id, token);
    }
    for (const Name& name : gone) remove(name);
  }
  if (!channel || stopped_) return;
  for (const Drain& drain : channel->drains)
    if (!drain.url.empty()) add(id, drain);
}

void Drains::add(const std::string& id, const Drain& drain) {
  const Name name(id, drain.token);
  if (Outlet* outlet = find(name)) {
    if (outlet->drain.url == drain.url && !outlet->removed) return;
    outlet->removed = false;
    outlet->drain = drain;
    if (outlet->stage == Outlet::Stage::retrying || outlet->stage == Outlet::Stage::elsewhere) return try_again(name);
    outlet->wanted = outlet->stage != Outlet::Stage::idle;
    return outlet->stop();
  }
  Channel& channel = channels_[id];
  const Outlet::Events events{.ended = [this, name](bool failed) { ended(name, failed); },
                              .try_again = [this, name] { try_again(name); }};
  channel.outlets.emplace(drain.token, std::make_unique<Outlet>(loop_, id, drain, events, report_));
  if (!channel.watch) channel.watch = store_.watch_arrivals(id, [this, id] { news(id); });
  // A new one at once: what comes after its registration is its own.
  starting_ ? unknown_.push_back(name) : learn(name);
}

// Of many, so that the store can do other things between.
void Drains::learn_some() {
  while (learning_ < kAtOnce && !unknown_.empty()) {
    const Name name = unknown_.front();
    unknown_.pop_front();
    if (find(name) != nullptr) learn(name);
  }
}

void Drains::learn(const Name& name) {
  ++learning_;
  source_.backlog(name.first, name.second,
                  [this, name, alive = std::weak_ptr(alive_)](const base::Result<std::uint64_t>& backlog) {
                    if (alive.expired()) return;
                    --learning_;
                    learn_some();
                    Outlet* outlet = find(name);
                    if (outlet == nullptr || outlet->stage != Outlet::Stage::learning) return;
                    if (!backlog) return outlet->failed(backlog.error().text());
                    outlet->stage = Outlet::Stage::idle;
                    outlet->known = true;
                    if (outlet->removed) return ended(name, false);
                    if (*backlog > 0 || outlet->wanted) want(*outlet);
                  });
}

void Drains::remove(const Name& name) {
  Outlet* outlet = find(name);
  if (outlet == nullptr) return;
  outlet->removed = true;
  const Outlet::Stage stage = outlet->stage;
  if (stage == Outlet::Stage::running || stage == Outlet::Stage::stopping) return outlet->kill();
  if (stage != Outlet::Stage::learning && stage != Outlet::Stage::claiming) ended(name, false);
}

// ---- when they run

void Drains::news(const std::string& id) {
  for (const auto& [token, outlet] : channels_.at(id).outlets) {
    outlet->last_news = base::now();
    if (outlet->stage == Outlet::Stage::running) continue;
    outlet->wanted = true;
    if (outlet->stage == Outlet::Stage::idle) want(*outlet);
  }
}

void Drains::try_again(const Name& name) {
  Outlet* outlet = find(name);
  if (outlet == nullptr || outlet->removed || stopped_) return;
  if (outlet->known && outlet->stage != Outlet::Stage::elsewhere) return want(*outlet);
  outlet->wanted = false;  // what was to be sent another hub may have sent
  outlet->stage = Outlet::Stage::learning;
  learn(name);
}

void Drains::want(Outlet& outlet) {
  outlet.stage = Outlet::Stage::waiting;
  queue_.emplace_back(outlet.channel, outlet.drain.token);
  if (!start_more_.active()) start_some();
}

// A few at a time, so that many do not start together.
void Drains::start_some() {
  for (std::size_t started = 0; started < kAtOnce && !queue_.empty() && running_ < options_.most_running;) {
    Outlet* outlet = find(queue_.front());
    queue_.pop_front();
    if (outlet == nullptr || outlet->stage != Outlet::Stage::waiting || stopped_) continue;
    start(*outlet);
    ++started;
  }
  if (!queue_.empty() && running_ < options_.most_running) start_more_.start(kBetweenStarts);
}

void Drains::start(Outlet& outlet) {
  ++running_;
  outlet.counted = true;  // until it ended(), also where the start fails
  outlet.stage = Outlet::Stage::claiming;
  const Name name(outlet.channel, outlet.drain.token);
  source_.claim(name.first, name.second,
                [this, name, alive = std::weak_ptr(alive_)](const base::Result<Reader>& reader) {
                  Outlet* claiming = alive.expired() ? nullptr : find(name);
                  if (claiming != nullptr && claiming->stage == Outlet::Stage::claiming) claimed(*claiming, reader);
                });
}

void Drains::claimed(Outlet& outlet, const base::Result<Reader>& reader) {
  const auto& token = outlet.drain.token;
  if (outlet.removed || stopped_) {
    outlet.stage = Outlet::Stage::idle;
    return ended({outlet.channel, token}, false);
  }
  if (!reader) return outlet.failed(reader.error().text());
  if (!*reader) {
    outlet.leave_to_other();
    return ended({outlet.channel, token}, true);
  }
  (void)::mkdir(source_.folder().c_str(), 0700);  // a file in it that cannot be written is told
  outlet.start(**reader, source_.sender(), source_.folder() + "/" + token, !options_.allow_local);
}

// Also where nothing ran, as a consumer was not to be had, or a drain is removed that is idle.
void Drains::ended(const Name& name, bool failed) {
  Outlet* outlet = find(name);
  if (outlet == nullptr) return;
  if (std::exchange(outlet->counted, false)) --running_;
  if (outlet->removed) {
    source_.remove(name.first, name.second, [](const base::Result<>&) {});  // no harm where the channel is gone
    (void)::unlink((source_.folder() + "/" + name.second).c_str());
    gone_.push_back(name);
    bury_.start(base::Duration::zero());
  }
  if (!failed && outlet->wanted && !outlet->removed && !stopped_) want(*outlet);
  if (!queue_.empty() && !start_more_.active()) start_more_.start(base::Duration::zero());
}

void Drains::bury() {
  for (const Name& name : std::exchange(gone_, {})) {
    const auto channel = channels_.find(name.first);
    if (channel == channels_.end()) continue;
    channel->second.outlets.erase(name.second);
    if (channel->second.outlets.empty()) channels_.erase(channel);
  }
}

void Drains::stop() {
  stopped_ = true;
  queue_.clear();
  for (const auto& [id, channel] : channels_)
    for (const auto& [token, outlet] : channel.outlets) outlet->stop();
}

// ---- when they end

void Drains::look_around() {
  const base::Instant now = base::now();
  for (const auto& [id, channel] : channels_)
    for (const auto& [token, outlet] : channel.outlets)
      if (outlet->stage == Outlet::Stage::running) look_at(*outlet, now);
  if (!stopped_) rounds_.start(std::min<base::Duration>(options_.idle / 2, std::chrono::seconds(5)));
}

void Drains::look_at(Outlet& outlet, base::Instant now) {
  const bool others_wait = !queue_.empty();
  const base::Duration patience = others_wait ? std::min(options_.idle, kLeastTurn) : options_.idle;
  const base::Instant news = outlet.last_news;
  if (now - std::max(news, outlet.started) < patience && (!others_wait || now - outlet.started < kTurn)) return;
  const Name name(outlet.channel, outlet.drain.token);
  source_.backlog(
      name.first, name.second,
      [this, name, news, now, others_wait, alive = std::weak_ptr(alive_)](const base::Result<std::uint64_t>& backlog) {
        if (alive.expired() || !backlog) return;
        Outlet* found = find(name);
        if (found == nullptr || found->stage != Outlet::Stage::running) return;
        const bool gives_way = others_wait && now - found->started >= kTurn;
        if (*backlog > 0 && !gives_way) return;
        if (*backlog > 0) found->wanted = true;
        if (found->last_news != news) found->wanted = true;
        found->stop();
      });
}

std::optional<Drains::State> Drains::state(const std::string& channel, const std::string& token) const {
  const Outlet* outlet = find({channel, token});
  if (outlet == nullptr) return std::nullopt;
  State state{.name = "idle", .error = outlet->error, .error_at = outlet->error_at};
  switch (outlet->stage) {
    case Outlet::Stage::learning:
    case Outlet::Stage::waiting:
    case Outlet::Stage::claiming:
      state.name = "waiting";
      break;
    case Outlet::Stage::elsewhere:
      state.name = "elsewhere";
      break;
    case Outlet::Stage::running:
      state.name = "running";
      break;
    case Outlet::Stage::stopping:
      state.name = "stopping";
      break;
    case Outlet::Stage::retrying:
      state.name = "retrying";
      break;
    case Outlet::Stage::idle:
      break;
  }
  return state;
}

}  // namespace hub
