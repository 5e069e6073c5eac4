#include "stream/fan_out.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <random>
#include <utility>

#include "stream/room.h"

namespace stream {

FanOut::FanOut(const OutputOptions& options)
    : window_messages_(options.window_messages),
      routing_(options.routing),
      routing_now_(routing_ ? routing_() : std::string()),
      origin_(options.origin),
      renew_origin_(options.renew_origin),
      on_greeting_(options.on_greeting) {}

base::Result<std::unique_ptr<FanOut>> FanOut::open(OutputOptions options, const Open& open) {
  std::unique_ptr<FanOut> all(new FanOut(options));
  const std::vector<NamedCommand> named = std::exchange(options.to, {});
  options.origin = all->origin();
  TRY(all->add("default", options, open));
  options.fallback.clear();
  for (const NamedCommand& each : named) {
    options.command = each.command;
    TRY(all->add(each.name, options, open));
  }
  return all;
}

base::Result<void> FanOut::add(std::string name, OutputOptions options, const Open& open) {
  const std::size_t index = branches_.size();
  if (options.renew_origin)
    options.renew_origin = [this, index](const Greeting& greeting) { return renew(index, greeting); };
  options.on_greeting = [this, index](const Greeting& greeting) { greeted(index, greeting); };
  branches_.push_back({.name = std::move(name), .greets = !options.command.empty() && options.passes_origin()});
  branches_.back().sink = TRY(open(std::move(options)));
  return {};
}

// ---- messages

bool FanOut::ready() const {
  return std::ranges::all_of(branches_, [](const Branch& branch) { return branch.sink->ready(); });
}

std::optional<Strength> FanOut::strength() const {
  Strength weakest = Strength::stored;
  for (const Branch& branch : branches_) {
    const auto strength = branch.sink->strength();
    if (!strength) return {};
    weakest = std::max(weakest, *strength);
  }
  return weakest;
}

std::size_t FanOut::room() const {
  if (useful_room(static_cast<std::size_t>(written_ - safe_), window_messages_) == 0) return 0;
  std::size_t room = std::numeric_limits<std::size_t>::max();
  for (const Branch& branch : branches_) room = std::min(room, branch.sink->room());
  return room;
}

base::Result<void> FanOut::write(const Batch& batch) {
  if (!batch.has_routes()) {
    note(branches_.front(), written_ + 1, batch.count());
    written_ += batch.count();
    return branches_.front().sink->write(batch);
  }
  split(batch);
  for (Branch& branch : branches_) {
    if (branch.batch.empty()) continue;
    TRY(branch.sink->write(branch.batch));
    branch.batch.clear();
  }
  return {};
}

void FanOut::split(const Batch& batch) {
  const bool ids = batch.has_ids();
  batch.for_each([&](std::size_t index, std::string_view message) {
    ++written_;
    Route route = batch.route(index);
    if (route == 0) route = kDefaultRoute;
    for (; route != 0; route &= route - 1) {
      Branch& branch = branches_[static_cast<std::size_t>(std::countr_zero(route))];
      if (ids)
        branch.batch.append(batch.id(index), message);
      else
        branch.batch.append(message);
      note(branch, written_, 1);
    }
  });
}

void FanOut::note(Branch& branch, std::uint64_t first, std::uint64_t count) {
  if (!branch.open.empty() && branch.open.back().first + branch.open.back().count == first)
    branch.open.back().count += count;
  else
    branch.open.push_back({first, count});
}

void FanOut::settle(Branch& branch) {
  const std::uint64_t safe = branch.sink->safe();
  while (branch.safe < safe) {
    Run& run = branch.open.front();
    const std::uint64_t part = std::min(run.count, safe - branch.safe);
    branch.safe += part;
    run.first += part;
    run.count -= part;
    if (run.count == 0) branch.open.pop_front();
  }
}

// Everything before the first message that one of them has not made safe.
void FanOut::settle() {
  safe_ = written_;
  for (Branch& branch : branches_) {
    settle(branch);
    if (!branch.open.empty()) safe_ = std::min(safe_, branch.open.front().first - 1);
  }
}

// ---- each of them

// Also after one that has failed, whose error is the first one.
base::Result<void> FanOut::to_all(base::Result<void> (Sink::*call)()) {
  base::Result<void> all;
  for (Branch& branch : branches_)
    if (auto done = (*branch.sink.*call)(); !done && all) all = std::move(done);
  return all;
}

base::Result<void> FanOut::flush() {
  auto flushed = to_all(&Sink::flush);
  settle();
  return flushed;
}

base::Result<void> FanOut::finish() {
  return to_all(&Sink::finish);
}

bool FanOut::finished() const {
  return std::ranges::all_of(branches_, [](const Branch& branch) { return branch.sink->finished(); });
}

std::string FanOut::state() const {
  std::string text;
  for (const Branch& branch : branches_)
    text.append(text.empty() ? "" : "; ").append(branch.name).append(": ").append(branch.sink->state());
  return text;
}

std::optional<base::Instant> FanOut::away_since() const {
  std::optional<base::Instant> first;
  for (const Branch& branch : branches_)
    if (const auto since = branch.sink->away_since()) first = std::min(first.value_or(*since), *since);
  return first;
}

base::Result<void> FanOut::hurry() {
  return to_all(&Sink::hurry);
}

void FanOut::cut_off() {
  for (Branch& branch : branches_) branch.sink->cut_off();
}

// ---- the origin

std::string FanOut::origin() const {
  return origin_.empty() || !routing_ ? origin_ : origin_ + "/" + routing_now_ + era_;
}

// Messages that are sent again were perhaps given another route than the first time, so that what a sink has does not
// say which of them it has. Its own letters are random: under an origin that an earlier process has used, and that one
// to come will use, no other routes may have been chosen.
base::Result<void> FanOut::reopen() {
  TRY(to_all(&Sink::reopen));
  std::string now = routing_ ? routing_() : std::string();
  if (now == routing_now_) return {};
  routing_now_ = std::move(now);
  era_ = "/" + std::to_string(std::random_device()());
  if (!origin_.empty())
    for (Branch& branch : branches_) branch.sink->use_origin(origin());
  return {};
}

base::Result<std::string> FanOut::renew(std::size_t index, const Greeting& greeting) {
  std::string fresh = TRY(renew_origin_(greeting));
  if (fresh.empty()) return fresh;
  origin_ = std::move(fresh);
  for (Branch& branch : branches_) branch.greeting.reset();
  for (std::size_t i = 0; i < branches_.size(); ++i)
    if (i != index && branches_[i].sink) branches_[i].sink->use_origin(origin());
  return origin();
}

// Once all have greeted: `last` is what all have.
void FanOut::greeted(std::size_t index, const Greeting& greeting) {
  branches_[index].greeting = greeting;
  if (!on_greeting_) return;
  Greeting of_all{.strength = Strength::stored, .last = std::numeric_limits<std::uint64_t>::max()};
  for (const Branch& branch : branches_) {
    if (!branch.greets) of_all.last.reset();  // it remembers nothing
    if (!branch.greets) continue;
    if (!branch.greeting) return;
    const Greeting& one = *branch.greeting;
    of_all.strength = std::max(of_all.strength, one.strength);
    of_all.last = std::min(of_all.last, one.last);  // nothing is less than any number
    if (one.newest() <= of_all.seen) continue;
    of_all.seen = one.newest();
    of_all.taken = one.taken;
  }
  if (of_all.seen == of_all.last) of_all.seen.reset();
  on_greeting_(of_all);
}

}  // namespace stream
