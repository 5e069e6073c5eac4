#include "tools/logredis/hub/replicas.h"

#include <utility>

namespace logredis {
namespace {

constexpr base::Duration kReplicaPatience = std::chrono::seconds(4);

}  // namespace

void Replicas::add(hub::Done<> done) {
  if (options_.count == 0) return done({});
  waiting_.push_back({std::move(done), base::now()});
  ask();
}

// One question at a time; it is about all that was sent before it on this connection.
void Replicas::ask() {
  if (asking_ || waiting_.empty()) return;
  asking_ = true;
  redis::Command wait("WAIT");
  wait.add(options_.count).add(redis::milliseconds(options_.timeout));
  link_.send(
      std::move(wait), HubLink::Twice::harmful,
      [this, asked = waiting_.size()](const base::Result<redis::Reply>& reply) { answered(asked, reply); },
      options_.timeout);
}

void Replicas::answered(std::size_t asked, const base::Result<redis::Reply>& reply) {
  asking_ = false;
  const bool enough = reply && static_cast<std::uint64_t>(reply->integer()) >= options_.count;
  if (reply && enough == too_few_) {
    too_few_ = !enough;
    report_(enough ? base::Level::note : base::Level::warning,
            enough
                ? "there are enough replicas again"
                : std::to_string(reply->integer()) + " of " + base::count_of(options_.count, "replica") +
                      " confirmed within " + base::format_duration(options_.timeout) + "; messages are answered 503");
  }
  // A new connection knows nothing of what was sent on the one before.
  if (!reply) asked = waiting_.size();
  const base::Instant now = base::now();
  std::vector<hub::Done<>> settled;
  for (; asked > 0 && (enough || !reply || now - waiting_.front().since >= kReplicaPatience); --asked) {
    settled.push_back(std::move(waiting_.front().done));
    waiting_.pop_front();
  }
  ask();
  for (const auto& done : settled)
    enough ? done({}) : done(base::fail(base::Kind::temporary, "wait for replicas", "too few have the messages"));
}

}  // namespace logredis
