// What clients are sent: answers to MSG when they are true, and the log to those who read it.
#include <algorithm>
#include <limits>
#include <vector>

#include "codec/logd_reply.h"
#include "tools/logbuf/server/server.h"

namespace logbuf {
namespace {

constexpr std::size_t kFeed = 64 << 10;           // of the log, unsent, on one connection
constexpr std::size_t kPiece = kMaxChunkPayload;  // checksums are of whole chunks
constexpr std::size_t kAllFeeds = 16 << 20;       // of the log, unsent, on all connections
constexpr std::size_t kLeastShare = 2 << 10;
constexpr int kPieces = 4;  // then others have their turn

std::uint64_t nanoseconds(base::WallTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

// The messages of a batch as READ gives them, or as REPLICATE does.
void append_messages(std::string& out, const stream::Batch& batch, const std::vector<Run>& runs, bool timed) {
  auto run = runs.begin();
  std::uint32_t index = 0;
  batch.for_each([&](std::size_t, std::string_view message) {
    if (index == run->count) {
      ++run;
      index = 0;
    }
    const std::uint64_t id = run->first_id + index++;
    timed ? codec::append_logd_timed_message(out, id, nanoseconds(run->accepted), message)
          : codec::append_logd_message(out, id, message);
  });
}

}  // namespace

void Server::stored(const Appended& appended) {
  if (std::exchange(failing_, false))
    report_(base::Level::note, "write buffer " + buffer_.path() + ": messages are stored again");
  decided(appended.taken, appended.last_id, appended.dropped > 0 ? "ERR buffer is full" : "");
}

// Another process may have made it a replica a moment ago; or the disk is full, for which readers need not suffer.
void Server::refused(std::size_t count, const base::Error& error) {
  const bool replica = error.kind == base::Kind::unavailable;
  if (const auto looked = look_at_mastership(); !looked) failure_ = looked.error();
  if (!replica && !std::exchange(failing_, true)) report_(base::Level::error, error.text());
  decided(count, 0, replica ? read_only() : "ERR");
}

void Server::decided(std::size_t count, std::uint64_t last_id, std::string error) {
  if (count == 0) return;
  stored_count_ += count;
  Stored* const newest = stored_.empty() ? nullptr : &stored_.back();
  const bool next = newest != nullptr && newest->last + count == stored_count_ && newest->last_id + count == last_id;
  if (next && error.empty() && newest->error.empty()) {
    newest->last = stored_count_;
    newest->last_id = last_id;
    return;
  }
  stored_.push_back({stored_count_, last_id, std::move(error)});
}

// Only where a request ends is its answer. While it waits for replicas, many others may come and go.
void Server::forget_unneeded() {
  auto request = unanswered_.begin();
  std::erase_if(stored_, [&](const Stored& each) {
    const auto first = request;
    while (request != unanswered_.end() && request->last <= each.last) ++request;
    return request == first;
  });
}

base::Result<void> Server::acknowledge(std::uint64_t count) {
  safe_ = count;
  answer_safe();
  return {};
}

// In the order of the requests, as far as their messages are safe.
void Server::answer_safe() {
  const std::uint64_t confirmed = confirmed_by_replicas();
  std::vector<std::uint64_t> answered;
  while (!unanswered_.empty() && unanswered_.front().last <= safe_) {
    const Unanswered request = unanswered_.front();
    while (stored_.front().last < request.last) stored_.pop_front();
    const Stored& stored = stored_.front();
    if (stored.error.empty() && stored.id_of(request.last) > confirmed) break;
    unanswered_.pop_front();
    answer(request, stored);
    if (answered.empty() || answered.back() != request.client) answered.push_back(request.client);
  }
  for (const std::uint64_t number : answered)
    if (Client* const client = find(number)) serve(*client);
  if (answered.empty()) return;
  call_starved();
  if (stopped_) turn_.start(base::Duration::zero());  // it may have been the last
}

void Server::answer(const Unanswered& request, const Stored& stored) {
  Client* const client = find(request.client);
  if (client == nullptr) return;
  --client->unanswered;
  if (!stored.error.empty()) return reject(*client, stored.error);
  client->answer("OK " + std::to_string(stored.id_of(request.last)));
}

// The buffer has changed: there may be more to read, or another process has made it a replica or the master.
void Server::changed() {
  if (const auto looked = look_at_mastership(); !looked) {
    failure_ = looked.error();
    return;
  }
  const auto state = buffer_.state();
  if (!state) {
    failure_ = state.error();
    return;
  }
  std::vector<std::uint64_t> readers;
  for (const auto& [number, client] : clients_)
    if (client->reading && client->reading->next < state->next_id) readers.push_back(number);
  for (const std::uint64_t number : readers)
    if (Client* const client = find(number)) {
      feed(*client);
      settle(*client);
    }
}

// Those who do not read hold no more than this each, so that all of them together are bounded.
std::size_t Server::share() const {
  return std::max(kLeastShare, kAllFeeds / std::max<std::size_t>(1, clients_.size()));
}

// The log is read only as fast as the client takes it, and no read transaction waits for it.
void Server::feed(Client& client) {
  for (int pieces = 0; client.reading && client.unsent() < std::min(kFeed, share()); ++pieces) {
    if (pieces == kPieces) return call_again(client);
    const auto more = feed_some(client, *client.reading);
    if (!more) return client.reading->begun > 0 ? client.abandon(more.error()) : fail(client, more.error());
    client.send();
    if (!*more) return;
  }
}

// False: there is nothing more now.
base::Result<bool> Server::feed_some(Client& client, Reading& reading) {
  Range range{reading.next, std::numeric_limits<std::uint64_t>::max()};
  if (reading.left) range.last = reading.next + std::min(*reading.left, range.last - reading.next) - 1;
  stream::Batch batch;
  std::vector<Run> runs;
  const auto skip = [this](const Damage& damage) {
    report_(base::Level::error, "read buffer " + buffer_.path() + ": messages " + std::to_string(damage.range.first) +
                                    "-" + std::to_string(damage.range.last) + " are damaged and left out");
    return true;
  };
  Range passed = range;
  if (!range.empty()) passed = TRY(buffer_.read(range, false, std::min(kPiece, share()), batch, skip, &runs));
  std::string text;
  append_messages(text, batch, runs, reading.timed);
  if (reading.begun > 0 && (runs.empty() || runs.front().first_id != reading.next))
    return base::fail(base::Kind::data, "serve " + client.peer(),
                      "message " + std::to_string(reading.next) + " was deleted while it was sent");
  std::string_view rest = std::string_view(text).substr(reading.begun);
  if (batch.count() == 1 && rest.size() > share()) {  // the rest of it is read again when this is sent
    rest = rest.substr(0, share());
    client.output().append(rest);
    reading.begun += rest.size();
    return true;
  }
  reading.begun = 0;
  client.output().append(rest);
  if (reading.left) *reading.left -= batch.count();
  const bool nothing = range.empty() || passed.empty();
  if (!nothing) reading.next = passed.last + 1;
  if (!reading.left || (!nothing && *reading.left > 0)) return !nothing;
  client.answer("+EOF");
  client.reading.reset();
  client.close_after_answers();
  return false;
}

}  // namespace logbuf
