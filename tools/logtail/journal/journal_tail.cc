#include "tools/logtail/journal/journal_tail.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/units.h"
#include "tools/logtail/emitter.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr base::Duration kLookTime = std::chrono::seconds(1);

std::uint64_t microseconds(base::WallTime time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

std::string text_of_mark(const JournalMark& mark) {
  return std::to_string(mark.count) + "," + mark.cursor;
}

// "s=SEQNUM_ID;i=SEQNUM;...": the number, in hexadecimal, and whose it is.
std::pair<std::string, std::uint64_t> sequence_of(const std::string& cursor) {
  const std::size_t number = cursor.find(";i=");
  if (number == std::string::npos) return {};
  return {cursor.substr(0, number), std::strtoull(cursor.c_str() + number + 3, nullptr, 16)};
}

}  // namespace

std::string JournalIdentity::text() const {
  return text_of_mark(begin) + (end ? "," + text_of_mark(*end) : "");
}

std::optional<JournalIdentity> parse_journal_identity(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  if (parts.size() != 2 && parts.size() != 4) return std::nullopt;
  const auto begin = base::parse_number(parts[0]);
  const auto end = base::parse_number(parts[parts.size() - 2]);
  if (!begin || !end) return std::nullopt;
  JournalIdentity identity{{*begin, parts[1]}};
  if (parts.size() == 4) identity.end = JournalMark{*end, parts[3]};
  return identity;
}

std::string name_of(const JournalPlace& place) {
  std::string name = "journal:" + place.directory;
  if (!place.name_space.empty()) name += "@" + place.name_space;
  std::vector<std::string> matches = place.matches;
  std::sort(matches.begin(), matches.end());
  for (const std::string& match : matches) name += " " + match;
  return name;
}

Result<std::unique_ptr<JournalTail>> JournalTail::open(event::Loop& loop, JournalOptions options, Headers& headers,
                                                       Memory& memory, base::Report report) {
  auto journal = TRY(Journal::open(options.place, options.longest));
  std::unique_ptr<JournalTail> tail(
      new JournalTail(loop, std::move(options), std::move(journal), headers, memory, std::move(report)));
  for (const auto& [log, place] : memory.places())
    if (tail->owns(place) && parse_journal_identity(place.identity)) tail->place_ = place;
  return tail;
}

JournalTail::JournalTail(event::Loop& loop, JournalOptions options, std::unique_ptr<Journal> journal, Headers& headers,
                         Memory& memory, base::Report report)
    : options_(std::move(options)),
      name_(name_of(options_.place)),
      journal_(std::move(journal)),
      headers_(headers),
      memory_(memory),
      report_(std::move(report)),
      readable_(loop, journal_->fd(), event::Interest::read,
                [this] {
                  readable_.stop();
                  changed_ = true;
                }),
      look_(loop, [this] { changed_ = true; }) {}

// ---- where to read

Result<void> JournalTail::begin() {
  placed_ = true;
  if (place_.log != 0) return go_to(place_);
  place_ = {memory_.new_log(), name_, JournalIdentity{mark_}.text(), 0, true};
  if (options_.since) return journal_->seek_time(microseconds(*options_.since));
  switch (options_.start.kind) {
    case Start::Kind::newest:
      return journal_->seek_last(0);
    case Start::Kind::last_lines:
      return journal_->seek_last(options_.start.number);
    case Start::Kind::from_line:
      TRY(journal_->seek_head());
      if (options_.start.number > 1) TRY(journal_->skip(options_.start.number - 1));
      return {};
    case Start::Kind::oldest:
    case Start::Kind::from_id:
      break;
  }
  return journal_->seek_head();
}

Result<void> JournalTail::go_to(const Place& place) {
  const JournalIdentity identity = *parse_journal_identity(place.identity);
  const JournalMark& known = identity.end && identity.end->count <= place.at ? *identity.end : identity.begin;
  if (!TRY(go_behind(known)))
    report_(Level::warning, "read " + name_ +
                                ": the entry that was read last is gone; entries that were removed since "
                                "then, before they were read, are missing");
  if (place.at > known.count) TRY(journal_->skip(place.at - known.count));
  mark_ = {place.at, place.at == known.count ? known.cursor : TRY(journal_->cursor())};
  place_.identity = JournalIdentity{mark_}.text();
  return {};
}

// False: the entry is not there any more, and the one after it is pending.
Result<bool> JournalTail::go_behind(const JournalMark& mark) {
  pending_ = false;
  if (mark.cursor.empty()) {
    TRY(journal_->seek_head());
    return true;
  }
  TRY(journal_->seek_cursor(mark.cursor));
  if (!TRY(journal_->next())) return false;
  pending_ = !journal_->is_at(mark.cursor);
  return !pending_;
}

// ---- reading

Result<bool> JournalTail::next() {
  const bool there = std::exchange(pending_, false) || TRY(journal_->next());
  if (there && std::exchange(may_have_gap_, false)) TRY(tell_of_gap());
  return there;
}

// Files went. Without matches, entries that are numbered by one journald follow each other without gaps.
Result<void> JournalTail::tell_of_gap() {
  const auto [before, last] = sequence_of(mark_.cursor);
  const auto [whose, now] = sequence_of(TRY(journal_->cursor()));
  if (!options_.place.matches.empty() || before.empty() || whose != before || now <= last + 1) return {};
  const std::uint64_t missing = now - last - 1;
  report_(Level::warning, "read " + name_ + ": " + std::to_string(missing) + (missing == 1 ? " entry" : " entries") +
                              " missing: removed before they were read, or in files that may not be read");
  return {};
}

Result<bool> JournalTail::is_past_end() {
  return options_.until && TRY(journal_->time()) >= microseconds(*options_.until);
}

Result<void> JournalTail::append(stream::Batch& batch) {
  entry_.begin(TRY(journal_->time()));
  journal_->begin_fields();
  while (const auto field = TRY(journal_->next_field())) entry_.add(*field);
  if (journal_->has_cut() && !std::exchange(cut_told_, true))
    report_(Level::warning, "read " + name_ + ": fields over " + std::to_string(options_.longest) +
                                " bytes were cut; see --max-message");
  line_.clear();
  if (options_.prefix) append_prefix(line_, name_, options_.colour);
  entry_.append_json(line_);
  batch.append(line_);
  return {};
}

Result<Next> JournalTail::read(stream::Batch& batch, std::size_t limit, Piece& piece) {
  if (stopped_ || ended_) return Next::end;
  if (!placed_) TRY(begin());
  if (std::exchange(changed_, false)) may_have_gap_ = TRY(journal_->take_changes()) || may_have_gap_;
  below_.clear();
  const bool header = headers_.due(name_);
  stream::Batch& out = header ? below_ : batch;
  const std::size_t before = out.bytes();
  std::uint32_t count = 0;
  while (out.bytes() - before < limit && !ended_ && TRY(next())) {
    if (TRY(is_past_end())) {
      ended_ = true;
      if (count > 0) TRY(journal_->previous());
    } else {
      TRY(append(out));
      piece.ends.push_back(++count);
    }
  }
  if (count == 0) {
    if (ended_ || !options_.follow) return Next::end;
    wait();
    return Next::wait;
  }
  if (header) piece.ends.insert(piece.ends.begin(), headers_.give(name_, below_, batch), 0);
  piece.begin = place_;
  const JournalMark begun = std::exchange(mark_, {place_.at + count, TRY(journal_->cursor())});
  piece.end = mark_.count;
  piece.identity_after = JournalIdentity{begun, mark_}.text();
  place_.at = mark_.count;
  place_.identity = JournalIdentity{mark_}.text();
  return Next::more;
}

void JournalTail::wait() {
  readable_.start();
  if (journal_->must_be_looked_at() && !look_.active()) look_.start(kLookTime);
}

// ---- after a restart

Result<Tail::Replayed> JournalTail::replay(const Plan& plan, stream::Batch& batch, Piece& piece) {
  const auto identity = parse_journal_identity(plan.begin.identity);
  const bool known = identity && identity->end && identity->begin.count == plan.begin.at;
  placed_ = false;
  if (!known) return Replayed::gone;
  // Else the oldest of them may have been removed.
  const bool whole = TRY(go_behind(identity->begin)) && !identity->begin.cursor.empty();
  const std::uint64_t planned = plan.end - plan.begin.at;
  std::uint64_t count = 0;
  bool reached = false;
  while (!reached && count < planned && TRY(next())) {
    TRY(append(batch));
    ++count;
    reached = (!whole || count == planned) && journal_->is_at(identity->end->cursor);
  }
  if (!reached) {
    batch.clear();
    return Replayed::gone;
  }
  for (std::uint64_t at = planned - count; at < planned; ++at) piece.ends.push_back(static_cast<std::uint32_t>(at + 1));
  piece.begin = plan.begin;
  piece.end = plan.end;
  mark_ = *identity->end;
  place_ = plan.begin;
  place_.at = plan.end;
  place_.identity = JournalIdentity{mark_}.text();
  placed_ = true;
  return Replayed::done;
}

}  // namespace logtail
