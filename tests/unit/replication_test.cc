#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "folder.h"
#include "tools/logbuf/store/buffer.h"

namespace {

using logbuf::Buffer;
using logbuf::Mastership;
using logbuf::Range;
using logbuf::ReplicaNote;
using logbuf::Run;

// A folder that goes with the test, and buffers in it.
class Place {
 public:
  [[nodiscard]] std::unique_ptr<Buffer> open(const std::string& name) const {
    auto buffer = Buffer::open_or_create(folder_ / name, {.sync = logbuf::Sync::os});
    REQUIRE(buffer);
    return std::move(*buffer);
  }
  [[nodiscard]] std::unique_ptr<Buffer> replica() const {
    auto buffer = open("replica");
    REQUIRE(buffer->change_mastership([](Mastership& mastership, const logbuf::State&) -> base::Result<void> {
      mastership.accepts = false;
      mastership.reason = "it is a replica";
      return {};
    }));
    return buffer;
  }

 private:
  unit::Folder folder_;
};

struct Copies {
  stream::Batch batch;
  std::vector<Run> runs;
};

Copies copies_of(Buffer& buffer, Range range) {
  Copies copies;
  REQUIRE(buffer.read(
      range, false, std::numeric_limits<std::size_t>::max(), copies.batch, [](const logbuf::Damage&) { return false; },
      &copies.runs));
  return copies;
}

void push(Buffer& buffer, const std::vector<std::string>& messages) {
  stream::Batch batch;
  for (const std::string& message : messages) batch.append(message);
  REQUIRE(buffer.append(batch, 0, "", false));
}

constexpr Range kAll{1, std::numeric_limits<std::uint64_t>::max()};

}  // namespace

TEST_CASE("a mastership record is read as it was written, and damage in it is noticed") {
  const Mastership mastership{.epoch = 7, .log_epoch = 5, .accepts = false, .log = "a log", .reason = "because"};
  const std::string bytes = mastership.encode();
  CHECK(Mastership::decode(bytes) == mastership);
  CHECK(Mastership::decode(Mastership{}.encode()) == Mastership{});
  for (std::size_t length = 0; length < 29; ++length) CHECK_FALSE(Mastership::decode(bytes.substr(0, length)));
}

TEST_CASE("the billions of an epoch count masters, the rest tells those of one time apart") {
  CHECK(logbuf::next_epoch(1, 0) == 1'000'000'000);
  CHECK(logbuf::next_epoch(1, 7) == 1'000'000'007);
  CHECK(logbuf::next_epoch(7, 123'999'999'999) == 1'999'999'999);
  CHECK(logbuf::next_epoch(1'999'999'999, 5) == 2'000'000'005);
  CHECK(logbuf::next_epoch(2'000'000'000, std::numeric_limits<std::uint64_t>::max()) == 3'709'551'615);
}

TEST_CASE("no epoch is beyond the last one") {
  constexpr std::uint64_t kLast = logbuf::kMaxEpoch / 1'000'000'000 * 1'000'000'000;
  CHECK(logbuf::next_epoch(kLast - 1, logbuf::kMaxEpoch - kLast) == logbuf::kMaxEpoch);
  CHECK_FALSE(logbuf::next_epoch(kLast - 1, logbuf::kMaxEpoch - kLast + 1));
  CHECK_FALSE(logbuf::next_epoch(kLast, 0));
  CHECK_FALSE(logbuf::next_epoch(logbuf::kMaxEpoch, 0));
  CHECK(logbuf::parse_epoch("4611686018427387904") == logbuf::kMaxEpoch);
  CHECK_FALSE(logbuf::parse_epoch("4611686018427387905"));
  CHECK_FALSE(logbuf::parse_epoch("one"));
}

TEST_CASE("notes of replicas are read as they were written, one for each name, the newest where there are too many") {
  const auto at = [](int second) { return base::WallTime(std::chrono::seconds(second)); };
  std::vector<ReplicaNote> notes;
  take_note(notes, {"one", "here:1", 5, at(1)});
  take_note(notes, {"two", "", 0, at(2)});
  take_note(notes, {"one", "there:2", 7, at(3)});
  REQUIRE(notes.size() == 2);
  CHECK(notes.back() == ReplicaNote{"one", "there:2", 7, at(3)});
  const std::string bytes = encode_replica_notes(notes);
  CHECK(logbuf::decode_replica_notes(bytes) == notes);
  CHECK(logbuf::decode_replica_notes("") == std::vector<ReplicaNote>());
  CHECK_FALSE(logbuf::decode_replica_notes(bytes.substr(0, bytes.size() - 1)));
  for (int i = 0; i < 64; ++i) take_note(notes, {std::to_string(i), "", 0, at(10 + i)});
  CHECK(notes.size() == logbuf::kMaxReplicaNotes);
  CHECK(notes.front().name == "0");
}

TEST_CASE("a buffer keeps notes of its replicas") {
  const Place place;
  const auto master = place.open("master");
  CHECK(master->replica_notes().value().empty());
  REQUIRE(master->note_replicas({{"one", "here:1", 5, {}}}));
  REQUIRE(master->note_replicas({{"two", "here:2", 6, {}}, {"one", "here:1", 6, {}}}));
  const auto notes = master->replica_notes().value();
  REQUIRE(notes.size() == 2);
  CHECK(notes[1].confirmed == 6);
}

TEST_CASE("a replica holds the same messages under the same ids and times") {
  const Place place;
  const auto master = place.open("master");
  const auto replica = place.replica();
  push(*master, {"one", "two"});
  push(*master, {"three"});
  push(*master, {std::string(300000, 'x'), "a\nb", ""});
  const Copies copies = copies_of(*master, kAll);
  const auto appended = replica->append_copies(copies.batch, copies.runs, {});
  REQUIRE(appended);
  CHECK(appended->taken == 6);
  CHECK(appended->last_id == 6);
  const Copies there = copies_of(*replica, kAll);
  CHECK(there.batch.block() == copies.batch.block());
  for (std::uint64_t id = 1; id <= 6; ++id) {
    REQUIRE(master->fingerprint(id).value());
    CHECK(master->fingerprint(id).value() == replica->fingerprint(id).value());
  }
  CHECK_FALSE(master->fingerprint(7).value());
  CHECK(master->fingerprint(1).value() != master->fingerprint(2).value());
}

TEST_CASE("copies that a replica has already are passed over") {
  const Place place;
  const auto master = place.open("master");
  const auto replica = place.replica();
  push(*master, {"1", "2", "3", "4", "5"});
  const Copies some = copies_of(*master, {1, 3});
  REQUIRE(replica->append_copies(some.batch, some.runs, {}));
  const Copies all = copies_of(*master, {2, 5});
  const auto appended = replica->append_copies(all.batch, all.runs, {});
  REQUIRE(appended);
  CHECK(appended->duplicates == 2);
  CHECK(appended->taken == 4);
  CHECK(copies_of(*replica, kAll).batch.block() == copies_of(*master, kAll).batch.block());
  const auto again = replica->append_copies(all.batch, all.runs, {});
  REQUIRE(again);
  CHECK(again->duplicates == 4);
}

TEST_CASE("a replica may begin in the middle of its master's log") {
  const Place place;
  const auto master = place.open("master");
  const auto replica = place.replica();
  push(*master, {"1", "2", "3"});
  const Copies copies = copies_of(*master, {3, 3});
  REQUIRE(replica->append_copies(copies.batch, copies.runs, {}));
  CHECK(replica->oldest_id().value() == 3);
  CHECK(replica->state()->next_id == 4);
}

TEST_CASE("a replica that is full takes nothing more and loses nothing") {
  const Place place;
  const auto master = place.open("master");
  const auto replica = place.replica();
  REQUIRE(replica->set_limits([](logbuf::Limits& limits) { limits.max_size = logbuf::kMinMaxSize; }));
  for (int i = 0; i < 10; ++i) push(*master, {std::string(10000, static_cast<char>('a' + i))});
  const Copies copies = copies_of(*master, kAll);
  const auto appended = replica->append_copies(copies.batch, copies.runs, {});
  REQUIRE(appended);
  CHECK(appended->full);
  CHECK(appended->taken > 3);
  CHECK(appended->taken < 10);
  CHECK(replica->state()->next_id == appended->taken + 1);
}

TEST_CASE("copies of another epoch or log than is followed are not taken") {
  const Place place;
  const auto master = place.open("master");
  const auto replica = place.replica();
  push(*master, {"1"});
  const Copies copies = copies_of(*master, kAll);
  for (const Mastership& followed : {Mastership{.epoch = 2}, Mastership{.log = "other"}}) {
    const auto refused = replica->append_copies(copies.batch, copies.runs, followed);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == base::Kind::temporary);
  }
  CHECK(replica->state()->head() == 0);
}

TEST_CASE("only one of push and replicate may write") {
  const Place place;
  const auto master = place.open("master");
  const auto replica = place.replica();
  push(*master, {"1"});
  const Copies copies = copies_of(*master, kAll);
  CHECK(master->append_copies(copies.batch, copies.runs, {}).error().kind == base::Kind::unavailable);
  stream::Batch batch;
  batch.append("mine");
  const auto refused = replica->append(batch, 0, "", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == base::Kind::unavailable);
  CHECK(refused.error().why.find("it is a replica") != std::string::npos);
  CHECK(replica->state()->next_id == 1);
}

TEST_CASE("a change of mastership that fails changes nothing") {
  const Place place;
  const auto buffer = place.open("q");
  CHECK_FALSE(buffer->change_mastership([](Mastership& mastership, const logbuf::State&) -> base::Result<void> {
    mastership.epoch = 9;
    return base::fail(base::Kind::data, "change", "no");
  }));
  CHECK(buffer->mastership().value() == Mastership{});
}
