#include "tools/logredis/stream/stream_claim.h"

#include <algorithm>

#include "codec/json_fields.h"
#include "codec/logplex.h"
#include "tools/logredis/queue/owner.h"
#include "tools/logredis/stream/stream_script.h"

namespace logredis {
namespace {

constexpr unsigned kRenewals = 3;            // in the time after which a silent reader is taken for dead
constexpr std::size_t kFound = 1000;         // pending entries listed by one command
constexpr std::size_t kClaimed = 500;        // and claimed by one call
constexpr std::size_t kAcknowledged = 1000;  // ids in one command
constexpr base::Duration kTrimAfter = std::chrono::seconds(1);
constexpr char kBeyond[] = "18446744073709551615-0";  // no entry comes after it

// A name in the group without the number of its turn.
std::string_view process_of(std::string_view member) {
  return member.substr(0, member.rfind('/'));
}

Chunk nothing_yet() {
  Chunk chunk;
  chunk.again = true;
  return chunk;
}

}  // namespace

std::string message_of(const redis::Reply& content) {
  if (!content.is_array()) return std::string(content.text());
  std::vector<codec::NamedBytes> fields;
  for (std::size_t i = 0; i + 1 < content.size(); i += 2) fields.emplace_back(content[i].text(), content[i + 1].text());
  return codec::json_object_of(fields);
}

base::Result<void> append_entries(const redis::Reply& reply, bool ids, Chunk& chunk) {
  for (std::size_t i = 1; i + 1 < reply.size(); i += 2) {
    const redis::Reply name = reply[i];
    chunk.ids.append(TRY(parse_id(name.text())));
    if (ids)
      chunk.messages.append(name.text(), message_of(reply[i + 1]));
    else
      chunk.messages.append(message_of(reply[i + 1]));
  }
  return {};
}

StreamClaim::StreamClaim(event::Loop& loop, redis::Session& session, Keys keys, StreamClaimOptions options)
    : session_(session),
      keys_(std::move(keys)),
      options_(std::move(options)),
      group_(session_, keys_, options_.claim.consumer, options_.claim.patience),
      owner_(owner_name(options_.claim.take_back)),
      trim_soon_(loop, [this] { trim(); }) {
  next_name();
}

void StreamClaim::next_name() {
  names_.push_back(owner_ + "/" + std::to_string(++turns_));
  handed_out_ = false;
}

base::Error StreamClaim::error(const redis::Reply& reply, const char* what) const {
  return session_.error(reply, what + (" " + keys_.queue()));
}

base::Result<void> StreamClaim::open() {
  if (!options_.claim.sole) TRY(group_.create(options_.start_at_newest));
  if (!options_.claim.sole || TRY(group_.exists())) heard_ = TRY(group_.last_delivered());
  if (options_.claim.one_shot) until_ = TRY(group_.last_added());
  return {};
}

void StreamClaim::run(const std::vector<std::string>& args, redis::Session::OnReply on_reply) {
  const std::string rewound = keys_.rewound();
  const std::string untold = keys_.untold();
  std::vector<std::string_view> keys{keys_.queue(), rewound};
  if (options_.report_loss) keys.emplace_back(untold);
  std::vector<std::string_view> all(args.begin(), args.end());
  all.insert(all.begin() + 1, options_.claim.consumer);
  session_.run(kStreamScript.on(session_), keys, all, std::move(on_reply));
}

void StreamClaim::take(Want want, OnChunk on_chunk) {
  if (failure_) return on_chunk(tl::unexpected(*failure_));
  if (unsure_ && !is_sweeping()) return take_unheard(want, std::move(on_chunk));  // before its name changes
  switch (sweep_) {
    case Sweep::none:
      return take_new(want, std::move(on_chunk));
    case Sweep::due:
      return begin_sweep(std::move(on_chunk));
    case Sweep::looking:
      return look_on(std::move(on_chunk));
    case Sweep::claiming:
      return claim_found(want, std::move(on_chunk));
    case Sweep::leaving:
      return leave(std::move(on_chunk));
  }
}

void StreamClaim::go_on_with_sweep() {
  sweep_ = !found_.empty()       ? Sweep::claiming
           : !look_from_.empty() ? Sweep::looking
           : !abandoned_.empty() ? Sweep::leaving
                                 : Sweep::none;
}

void StreamClaim::begin_sweep(OnChunk on_chunk) {
  redis::Command members("XINFO");
  members.add("CONSUMERS").add(keys_.queue()).add(options_.claim.consumer);
  session_.send(members, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return failed(reply, on_chunk);
    std::vector<std::string> done;
    const base::Duration claim_after = options_.claim.sole ? base::Duration::zero() : options_.claim.claim_after;
    for (const Member& each : members_of(reply)) {
      const bool wanted = options_.claim.take_back || each.name == kRewound;
      const bool mine = process_of(each.name) == owner_;
      if (each.pending > 0 && wanted && !mine && is_abandoned(each, claim_after)) abandoned_.push_back(each.name);
      if (each.pending == 0 && mine && each.name != names_.back()) done.push_back(each.name);
    }
    if (!abandoned_.empty()) {
      for (std::string& name : done) {
        std::erase(names_, name);
        abandoned_.push_back(std::move(name));
      }
      if (handed_out_) next_name();
      look_from_ = "-";
    }
    go_on_with_sweep();
    on_chunk(nothing_yet());
  });
}

void StreamClaim::look_on(OnChunk on_chunk) {
  const redis::Command pending = pending_command(keys_, options_.claim.consumer, look_from_, kFound);
  session_.send(pending, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return failed(reply, on_chunk);
    std::vector<Pending> entries = pending_of(reply);
    look_from_ = entries.size() < kFound ? "" : "(" + entries.back().id;
    for (Pending& each : entries)
      if (std::ranges::find(abandoned_, each.owner) != abandoned_.end()) found_.push_back(std::move(each));
    go_on_with_sweep();
    on_chunk(nothing_yet());
  });
}

// Repeated, where the answer was lost, it gives the same entries again.
void StreamClaim::claim_found(Want want, OnChunk on_chunk) {
  std::vector<std::string> args{"claim", names_.back(), std::to_string(want.bytes)};
  const std::size_t most = std::min<std::uint64_t>({want.count, kClaimed, found_.size()});
  for (std::size_t i = 0; i < most; ++i) {
    args.push_back(found_[i].id);
    args.push_back(found_[i].owner);
  }
  run(args, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return failed(reply, on_chunk);
    const auto passed = static_cast<std::ptrdiff_t>(reply[0].integer());
    found_.erase(found_.begin(), found_.begin() + passed);
    auto chunk = chunk_of(reply);
    go_on_with_sweep();
    on_chunk(std::move(chunk));
  });
}

void StreamClaim::take_new(Want want, OnChunk on_chunk) {
  std::uint64_t being_told = 0;
  for (const Loss& loss : telling_) being_told += loss.count;
  const std::vector<std::string> args{"take", names_.back(), std::to_string(want.count), std::to_string(want.bytes),
                                      std::to_string(being_told)};
  run(args, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return failed(reply, on_chunk);
    const std::string_view kind = reply[0].text();
    if (kind == kRewound) {
      sweep_ = Sweep::due;
      return on_chunk(nothing_yet());
    }
    if (kind == "lost") return on_chunk(loss_in(reply));
    unsure_ = kind == "unheard";
    if (kind != "end") return on_chunk(chunk_of(reply));
    seen_ = reply[1].text();
    Chunk nothing;
    nothing.last = options_.claim.one_shot;
    on_chunk(std::move(nothing));
  });
}

void StreamClaim::take_unheard(Want want, OnChunk on_chunk) {
  const std::vector<std::string> args{"unheard", names_.back(), heard_.text(), std::to_string(want.count),
                                      std::to_string(want.bytes)};
  run(args, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return failed(reply, on_chunk);
    unsure_ = reply.size() > 1;
    on_chunk(chunk_of(reply));
  });
}

void StreamClaim::leave(OnChunk on_chunk) {
  run({"leave", abandoned_.back()}, [this, on_chunk = std::move(on_chunk)](const redis::Reply& reply) {
    if (reply.is_error()) return failed(reply, on_chunk);
    abandoned_.pop_back();
    go_on_with_sweep();
    on_chunk(nothing_yet());
  });
}

// Where the group is not there any more, it begins again with the oldest entry there is.
void StreamClaim::failed(const redis::Reply& reply, OnChunk on_chunk) {
  if (!is_gone(reply)) return on_chunk(tl::unexpected(error(reply, "read")));
  sweep_ = Sweep::none;
  abandoned_.clear();
  look_from_.clear();
  found_.clear();
  telling_.clear();
  unsure_ = false;
  heard_ = {};
  seen_ = "0-0";
  names_.clear();
  next_name();
  if (options_.claim.sole) return on_chunk(Chunk());  // who gives the lease makes the group, and removes it
  session_.send(create_command(keys_, options_.claim.consumer, false),
                [this, on_chunk = std::move(on_chunk)](const redis::Reply& made) {
                  if (made.is_error() && redis::error_code(made.text()) != "BUSYGROUP")
                    return on_chunk(tl::unexpected(error(made, "read")));
                  on_chunk(nothing_yet());
                });
}

base::Result<Chunk> StreamClaim::chunk_of(const redis::Reply& reply) {
  Chunk chunk;
  TRY(append_entries(reply, options_.claim.ids, chunk));
  for (const IdRun& run : chunk.ids.runs()) heard_ = std::max(heard_, run.last());
  handed_out_ = handed_out_ || !chunk.ids.empty();
  chunk.again = true;
  chunk.last = options_.claim.one_shot && !is_sweeping() && heard_ >= until_;
  return chunk;
}

// No entry has its id, which lies between those before and those behind it.
base::Result<Chunk> StreamClaim::loss_in(const redis::Reply& reply) {
  const redis::Reply name = reply[1];
  const Id id = TRY(parse_id(name.text()));
  const auto count = static_cast<std::uint64_t>(reply[2].integer());
  const base::WallTime since{std::chrono::milliseconds(reply[3].integer())};
  const std::string text = codec::logplex_overflow(count, since, base::wall_now());
  telling_.push_back({id, count});
  heard_ = std::max(heard_, id);
  handed_out_ = true;
  Chunk chunk;
  chunk.ids.append(id);
  if (options_.claim.ids)
    chunk.messages.append(name.text(), text);
  else
    chunk.messages.append(text);
  chunk.again = true;
  return chunk;
}

void StreamClaim::were_told(const IdQueue& ids, const Done& done) {
  for (const Loss& loss : telling_) {
    const auto has_it = [&loss](const IdRun& run) { return run.first <= loss.id && loss.id <= run.last(); };
    if (std::ranges::none_of(ids.runs(), has_it)) continue;
    run({"told", loss.id.text(), std::to_string(loss.count)}, [this, id = loss.id, done](const redis::Reply& reply) {
      if (reply.is_error() && !is_gone(reply)) return done(tl::unexpected(error(reply, "tell losses of")));
      std::erase_if(telling_, [&id](const Loss& each) { return each.id == id; });
    });
  }
}

void StreamClaim::acknowledge(const IdQueue& ids, Done done) {
  were_told(ids, done);
  std::vector<redis::Command> commands;
  for (const IdRun& run : ids.runs()) {
    for (std::uint64_t i = 0; i < run.count; ++i) {
      if (commands.empty() || commands.back().arguments() >= kAcknowledged)
        commands.push_back(std::move(redis::Command("XACK").add(keys_.queue()).add(options_.claim.consumer)));
      commands.back().add(Id{run.first.major, run.first.minor + i}.text());
    }
  }
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const bool at_end = i + 1 == commands.size();
    session_.send(commands[i], [this, at_end, done](const redis::Reply& reply) {
      if (reply.is_error()) return done(tl::unexpected(error(reply, "acknowledge in")));
      if (at_end) done({});
    });
  }
  if (options_.trim && !trim_soon_.active()) trim_soon_.start(kTrimAfter);
}

void StreamClaim::trim() {
  if (!session_.ready()) return;
  run({"trim", ""}, [this](const redis::Reply& reply) {
    if (reply.is_error() && !is_gone(reply)) failure_ = error(reply, "trim");
  });
}

// Reading the history beyond every entry gives nothing, and counts as a sign of life.
void StreamClaim::renew(Done done) {
  if (sweep_ == Sweep::none && options_.claim.take_back && ++renewals_ % kRenewals == 0) sweep_ = Sweep::due;
  for (const std::string& name : names_) {
    const bool at_end = &name == &names_.back();
    redis::Command touch("XREADGROUP");
    touch.add("GROUP").add(options_.claim.consumer).add(name).add("COUNT").add("1");
    touch.add("STREAMS").add(keys_.queue()).add(kBeyond);
    session_.send(touch, [this, at_end, done](const redis::Reply& reply) {
      if (reply.is_error() && !is_gone(reply)) return done(tl::unexpected(error(reply, "read")));
      if (at_end) done({});
    });
  }
}

base::Duration StreamClaim::renew_every() const {
  return options_.claim.take_back ? options_.claim.claim_after / kRenewals : base::Duration::zero();
}

redis::Command StreamClaim::wait_command(base::Duration patience) const {
  redis::Command command("XREAD");
  command.add("COUNT").add("1").add("BLOCK").add(redis::milliseconds(patience)).add("STREAMS");
  command.add(keys_.queue()).add(keys_.rewound()).add(seen_).add(woken_by_);
  return command;
}

void StreamClaim::woken(const redis::Reply& reply) {
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const redis::Reply stream = reply[i];
    if (stream[0].text() == keys_.rewound()) woken_by_ = stream[1][0][0].text();
  }
}

base::Result<void> StreamClaim::close(const IdQueue& unread, base::Duration patience) {
  Group group(session_, keys_, options_.claim.consumer, patience);
  if (!TRY(group.exists())) return {};
  if (unsure_) TRY(give_back_unheard(group));
  for (const std::string& name : names_) {
    std::vector<Pending> entries;
    for (const IdRun& run : unread.runs())
      for (std::uint64_t i = 0; i < run.count; ++i)
        entries.push_back({Id{run.first.major, run.first.minor + i}.text(), name});
    (void)TRY(group.give(kRewound, entries));
    TRY(group.leave(name));
  }
  if (options_.trim) (void)TRY(group.trim(""));
  return {};
}

base::Result<void> StreamClaim::give_back_unheard(Group& group) {
  return group.for_each_pending([&](std::vector<Pending> entries) -> base::Result<void> {
    std::erase_if(entries, [&](const Pending& each) {
      const auto id = parse_id(each.id);
      return each.owner != names_.back() || !id || *id <= heard_;
    });
    (void)TRY(group.give(kRewound, entries));
    return {};
  });
}

}  // namespace logredis
