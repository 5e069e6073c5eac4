#include "tools/logredis/list/list_claim.h"

#include <algorithm>

#include "tools/logredis/list/list_script.h"
#include "tools/logredis/queue/owner.h"

namespace logredis {
namespace {

constexpr char kReturnedAtOnce[] = "1000";  // messages, while which the server does nothing else
constexpr unsigned kRenewals = 3;           // of a lease, in the time it lasts

Chunk nothing_yet() {
  Chunk chunk;
  chunk.again = true;
  return chunk;
}

}  // namespace

ListClaim::ListClaim(redis::Session& session, Keys keys, ClaimOptions options, base::Report report)
    : session_(session),
      keys_(std::move(keys)),
      options_(std::move(options)),
      report_(std::move(report)),
      owner_(owner_name(options_.take_back)),
      take_back_due_(options_.take_back) {
  if (!options_.take_back) options_.claim_after = base::Duration::zero();
}

base::Error ListClaim::error(const redis::Reply& reply) const {
  return session_.error(reply, "read " + keys_.queue());
}

void ListClaim::run(std::uint64_t claim, const Arguments& args, redis::Session::OnReply on_reply) {
  const std::vector<std::string> keys = claim_keys(keys_, options_.consumer, claim);
  const std::string number = std::to_string(claim);
  std::vector<std::string_view> all(args.begin(), args.end());
  all.insert(all.begin() + 1, number);
  session_.run(kListScript.on(session_), {keys.begin(), keys.end()}, all, std::move(on_reply));
}

void ListClaim::take(Want want, OnChunk on_chunk) {
  if (!giving_back_.empty()) return give_back_next(want, std::move(on_chunk));
  if (take_back_due_) return take_back(want, std::move(on_chunk));
  if (options_.one_shot && !left_) return count_ready(want, std::move(on_chunk));
  if (number_ == 0) return claim(std::move(on_chunk));
  const Arguments args{"take",
                       owner_,
                       std::to_string(heard_),
                       std::to_string(std::min(want.count, left_.value_or(want.count))),
                       std::to_string(want.bytes),
                       redis::milliseconds(options_.claim_after)};
  run(number_, args, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return on_chunk(tl::unexpected(error(reply)));
    if (reply[0].integer() < 0) return claim_again(on_chunk);
    on_chunk(chunk_of(reply));
  });
}

Chunk ListClaim::chunk_of(const redis::Reply& reply) {
  Chunk chunk;
  auto sequence = static_cast<std::uint64_t>(reply[0].integer());
  for (std::size_t i = 1; i < reply.size(); ++i, ++sequence) {
    const redis::Reply message = reply[i];
    if (message.is_nil()) continue;
    const Id id{number_, sequence};
    chunk.ids.append(id);
    if (options_.ids)
      chunk.messages.append(id.text(), message.text());
    else
      chunk.messages.append(message.text());
  }
  heard_ = sequence - 1;
  if (left_) *left_ -= std::min(*left_, chunk.ids.count());
  chunk.again = reply.size() > 1;
  chunk.last = left_ && (*left_ == 0 || !chunk.again);
  return chunk;
}

void ListClaim::count_ready(Want want, OnChunk on_chunk) {
  redis::Command length("LLEN");
  length.add(keys_.queue());
  session_.send(length, [this, want, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return on_chunk(tl::unexpected(error(reply)));
    left_ = static_cast<std::uint64_t>(reply.integer());
    if (*left_ > 0) return take(want, on_chunk);
    Chunk nothing;
    nothing.last = true;
    on_chunk(std::move(nothing));
  });
}

void ListClaim::take_back(Want want, OnChunk on_chunk) {
  redis::Command all("HGETALL");
  all.add(keys_.consumer(options_.consumer));
  session_.send(all, [this, want, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return on_chunk(tl::unexpected(error(reply)));
    giving_back_ = claims_of(reply);
    std::erase_if(giving_back_,
                  [this](const ClaimState& claim) { return claim.number == number_ || !is_leased(claim.owner); });
    std::reverse(giving_back_.begin(), giving_back_.end());  // the newest goes first, so that the oldest is R's head
    give_back_next(want, on_chunk);
  });
}

void ListClaim::give_back_next(Want want, OnChunk on_chunk) {
  if (giving_back_.empty()) {
    take_back_due_ = false;
    return take(want, std::move(on_chunk));
  }
  const ClaimState& claim = giving_back_.back();
  run(claim.number, {"return", kReturnedAtOnce, is_free(claim) ? "1" : "0"},
      [this, want, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
        if (reply.is_error()) return on_chunk(tl::unexpected(error(reply)));
        const bool live = reply[2].integer() != 0;
        if (live || reply[1].integer() == 0) giving_back_.pop_back();
        give_back_next(want, on_chunk);
      });
}

void ListClaim::claim(OnChunk on_chunk) {
  run(0, {"new", std::to_string(last_number_)}, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return on_chunk(tl::unexpected(error(reply)));
    const auto number = static_cast<std::uint64_t>(reply.integer());
    run(number, {"open", owner_, redis::milliseconds(options_.claim_after)},
        [this, number, on_chunk](const redis::Reply& opened) {
          if (opened.is_error()) return on_chunk(tl::unexpected(error(opened)));
          number_ = last_number_ = number;
          heard_ = 0;
          on_chunk(nothing_yet());
        });
  });
}

// Somebody took this process for dead, or rewound what it had handed out: it is in R again.
void ListClaim::claim_again(OnChunk on_chunk) {
  report_(base::Level::warning, "read " + keys_.queue() +
                                    ": what was handed out and is not acknowledged was taken away; it will be handed "
                                    "out again");
  number_ = 0;
  claim(std::move(on_chunk));
}

// Within a claim the last one stands for all before it.
void ListClaim::acknowledge(const IdQueue& ids, Done done) {
  const auto& runs = ids.runs();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Id last = runs[i].last();
    const bool at_end = i + 1 == runs.size();
    if (!at_end && runs[i + 1].first.major == last.major) continue;
    run(last.major, {"ack", std::to_string(last.minor), owner_}, [this, at_end, done](const redis::Reply& reply) {
      if (reply.is_error()) return done(tl::unexpected(session_.error(reply, "acknowledge in " + keys_.queue())));
      if (at_end) done({});
    });
  }
}

void ListClaim::renew(Done done) {
  // An answer to a question, before what changes something is refused again, would look like the end of an outage.
  if (number_ == 0) return done({});
  take_back_due_ = take_back_due_ || ++renewals_ % kRenewals == 0;
  run(number_, {"renew", owner_, redis::milliseconds(options_.claim_after)},
      [this, done = std::move(done)](const redis::Reply& reply) {
        if (reply.is_error()) return done(tl::unexpected(session_.error(reply, "renew the lease of " + keys_.queue())));
        done({});
      });
}

base::Duration ListClaim::renew_every() const {
  return options_.claim_after / kRenewals;
}

// Moves the head of R to where it is: a wait that leaves no trace, whatever becomes of the connection.
redis::Command ListClaim::wait_command(base::Duration patience) const {
  redis::Command command("BLMOVE");
  command.add(keys_.queue()).add(keys_.queue()).add("LEFT").add("LEFT");
  command.add(static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(patience).count()));
  return command;
}

base::Result<void> ListClaim::close(const IdQueue& unread, base::Duration patience) {
  if (number_ == 0) return {};
  std::uint64_t handed_out = heard_;
  for (const IdRun& run : unread.runs())
    if (run.first.major == number_) handed_out = std::min(handed_out, run.first.minor - 1);
  return Claims(session_, keys_, options_.consumer, patience).release(number_, owner_, handed_out);
}

}  // namespace logredis
