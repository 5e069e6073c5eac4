#include "tools/logbuf/store/buffer.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "folder.h"

namespace {

using logbuf::Buffer;
using logbuf::Claimant;
using logbuf::Range;

constexpr std::uint64_t kAll = UINT64_MAX;
constexpr std::size_t kMiB = 1 << 20;

// A folder that goes with the test, and a buffer in it.
class Place {
 public:
  [[nodiscard]] std::string path() const { return folder_ / "q"; }
  // Another process's view would be a second Buffer; LMDB allows one per process, so tests reopen.
  [[nodiscard]] std::unique_ptr<Buffer> open() const {
    auto buffer = Buffer::open_or_create(path(), {.sync = logbuf::Sync::os});
    REQUIRE(buffer);
    return std::move(*buffer);
  }

 private:
  unit::Folder folder_;
};

stream::Batch batch_of(const std::vector<std::string>& messages) {
  stream::Batch batch;
  for (const std::string& message : messages) batch.append(message);
  return batch;
}

stream::Batch numbered(std::uint64_t first, std::uint64_t last) {
  stream::Batch batch;
  for (std::uint64_t id = first; id <= last; ++id) batch.append(id, "message " + std::to_string(id));
  return batch;
}

logbuf::Appended append(Buffer& buffer, const stream::Batch& batch, const std::string& origin = {}) {
  auto appended = buffer.append(batch, 0, origin, false);
  REQUIRE(appended);
  return *appended;
}

std::vector<std::string> read(Buffer& buffer, Range range) {
  std::vector<std::string> messages;
  while (!range.empty()) {
    stream::Batch batch;
    const auto passed = buffer.read(range, false, kMiB, batch, [](const logbuf::Damage&) { return false; });
    REQUIRE(passed);
    if (passed->empty()) break;
    batch.for_each([&](std::size_t, std::string_view message) { messages.emplace_back(message); });
    range.first = passed->last + 1;
  }
  return messages;
}

// Flips one bit in each place of the data file where `text` stands.
void damage(const std::string& path, const std::string& text) {
  std::fstream file(path + "/data.mdb", std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::size_t flipped = 0;
  for (std::size_t at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1)) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(bytes[at] ^ 1));
    ++flipped;
  }
  REQUIRE(flipped > 0);
}

std::vector<Range> claim(Buffer& buffer, const Claimant& claimant, std::uint64_t messages = kAll) {
  auto claimed = buffer.claim(claimant, {}, kAll, kMiB, messages);
  REQUIRE(claimed);
  std::vector<Range> ranges;
  for (const logbuf::Claimed& each : *claimed) {
    CHECK_FALSE(each.lost);
    ranges.push_back(each.range);
  }
  return ranges;
}

// A buffer of 64 KiB into which 1,000 messages of 200 bytes went; returns the last id that was dropped.
std::uint64_t overflow(Buffer& buffer) {
  REQUIRE(buffer.set_limits([](logbuf::Limits& limits) {
    limits.max_size = {64 << 10};
    limits.when_full = logbuf::WhenFull::drop_oldest;
  }));
  append(buffer, batch_of(std::vector<std::string>(1000, std::string(199, 'z'))));
  return buffer.oldest_id().value() - 1;
}

void tell_losses(Buffer& buffer, const std::string& consumer) {
  REQUIRE(buffer.update(consumer, [](logbuf::ConsumerState& state, const logbuf::State&) -> base::Result<bool> {
    state.tells_loss = true;
    return true;
  }));
}

// A default consumer, and somebody who claims from it.
Claimant claimant_of(Buffer& buffer) {
  REQUIRE(buffer.add_consumer("default", logbuf::ConsumerStart::oldest));
  return {"default", buffer.new_owner(true).value(), 0};
}

}  // namespace

TEST_CASE("a new buffer is empty and has an identity that lasts") {
  const Place place;
  std::string uuid;
  {
    const auto buffer = place.open();
    CHECK(buffer->state()->next_id == 1);
    CHECK(buffer->oldest_id().value() == 1);
    CHECK_FALSE(buffer->oldest_time()->has_value());
    uuid = buffer->state()->uuid;
  }
  CHECK(uuid.size() == 36);
  CHECK(place.open()->state()->uuid == uuid);
}

TEST_CASE("opening what is not there creates nothing") {
  const Place place;
  const auto buffer = Buffer::open(place.path(), {});
  REQUIRE_FALSE(buffer);
  CHECK(buffer.error().kind == base::Kind::no_input);
  CHECK_FALSE(std::filesystem::exists(place.path()));
}

TEST_CASE("messages come back with ids without gaps, also after the buffer is opened again") {
  const Place place;
  append(*place.open(), batch_of({"a", "", "c"}));
  const auto buffer = place.open();
  append(*buffer, batch_of({"d"}));
  CHECK(buffer->state()->next_id == 5);
  CHECK(read(*buffer, {1, 4}) == std::vector<std::string>{"a", "", "c", "d"});
  CHECK(read(*buffer, {2, 3}) == std::vector<std::string>{"", "c"});
}

TEST_CASE("reading with ids gives each message its own") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, batch_of({"a", "b", "c"}));
  stream::Batch batch;
  REQUIRE(buffer->read({2, 3}, true, kMiB, batch, [](const logbuf::Damage&) { return true; }));
  CHECK(batch.count() == 2);
  CHECK(batch.id(0) == "2");
  CHECK(batch.id(1) == "3");
}

TEST_CASE("reading stops near the limit and says where to go on") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, batch_of(std::vector<std::string>(100, std::string(99, 'x'))));
  stream::Batch batch;
  const auto passed = buffer->read({1, 100}, false, 1000, batch, [](const logbuf::Damage&) { return true; });
  REQUIRE(passed);
  CHECK(batch.count() == 10);
  CHECK(passed->first == 1);
  CHECK(passed->last == 10);
}

TEST_CASE("a large batch becomes several chunks and stays one sequence") {
  const Place place;
  const auto buffer = place.open();
  const std::vector<std::string> messages(5000, std::string(200, 'y'));
  append(*buffer, batch_of(messages));
  CHECK(buffer->state()->chunks == 4);
  CHECK(buffer->state()->messages == 5000);
  CHECK(read(*buffer, {1, 5000}) == messages);
}

TEST_CASE("an origin's ids that are known already are not stored again") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, numbered(1, 5), "source");
  const auto again = append(*buffer, numbered(3, 8), "source");
  CHECK(again.taken == 6);
  CHECK(again.duplicates == 3);
  CHECK(buffer->state()->messages == 8);
  CHECK(buffer->origin("source").value()->last == 8);
  CHECK_FALSE(buffer->origin("other")->has_value());
}

TEST_CASE("origins are independent, and forgotten when they are silent") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, numbered(1, 5), "one");
  append(*buffer, numbered(1, 5), "two");
  CHECK(buffer->state()->messages == 10);
  REQUIRE(buffer->forget_origins(base::wall_now() - std::chrono::hours(1)));
  CHECK(buffer->origins()->size() == 2);
  REQUIRE(buffer->forget_origins(base::wall_now() + std::chrono::hours(1)));
  CHECK(buffer->origins()->empty());
}

TEST_CASE("an id that is no number is refused where there is an origin, and nothing is stored") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, numbered(1, 1), "source");
  stream::Batch batch;
  batch.append("x", "message");
  const auto appended = buffer->append(batch, 0, "source", false);
  REQUIRE_FALSE(appended);
  CHECK(appended.error().kind == base::Kind::protocol);
  CHECK(buffer->state()->messages == 1);
}

TEST_CASE("a full buffer takes what fits and says that it is full") {
  const Place place;
  const auto buffer = place.open();
  REQUIRE(buffer->set_limits([](logbuf::Limits& limits) { limits.max_size = {64 << 10}; }));
  const stream::Batch batch = batch_of(std::vector<std::string>(1000, std::string(199, 'z')));
  const auto appended = append(*buffer, batch);
  CHECK(appended.full);
  CHECK(appended.taken > 200);
  CHECK(appended.taken < 330);
  CHECK(buffer->state()->messages == appended.taken);
  CHECK(append(*buffer, batch).taken == 0);
}

TEST_CASE("a message that can never fit is refused, after what stands before it is stored") {
  const Place place;
  const auto buffer = place.open();
  REQUIRE(buffer->set_limits([](logbuf::Limits& limits) { limits.max_size = {64 << 10}; }));
  const stream::Batch batch = batch_of({"small", std::string(100000, 'x')});
  CHECK(append(*buffer, batch).taken == 1);
  const auto refused = buffer->append(batch, 1, "", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == base::Kind::data);
  CHECK(buffer->state()->messages == 1);
}

TEST_CASE("dropping the oldest counts what a consumer lost") {
  const Place place;
  const auto buffer = place.open();
  REQUIRE(buffer->set_limits([](logbuf::Limits& limits) {
    limits.max_size = {64 << 10};
    limits.when_full = logbuf::WhenFull::drop_oldest;
  }));
  REQUIRE(buffer->add_consumer("slow", logbuf::ConsumerStart::oldest));
  append(*buffer, batch_of(std::vector<std::string>(1000, std::string(199, 'z'))));
  const logbuf::State state = buffer->state().value();
  CHECK(state.next_id == 1001);
  CHECK(state.dropped_oldest == 1000 - state.messages);
  CHECK(buffer->consumer("slow").value()->lost == state.dropped_oldest);
  CHECK(buffer->oldest_id().value() == state.dropped_oldest + 1);
}

TEST_CASE("a consumer that tells its losses claims what was dropped, until that is acknowledged") {
  const Place place;
  const auto buffer = place.open();
  const Claimant claimant = claimant_of(*buffer);
  tell_losses(*buffer, "default");
  const std::uint64_t dropped = overflow(*buffer);
  const auto claimed = buffer->claim(claimant, {}, kAll, kMiB, kAll).value();
  REQUIRE(claimed.size() == 2);
  CHECK(claimed[0].lost);
  CHECK(claimed[0].range.first == 1);
  CHECK(claimed[0].range.last == dropped);
  CHECK_FALSE(claimed[1].lost);
  CHECK(claimed[1].range.last == 1000);
  CHECK(buffer->consumer("default").value()->lost == dropped);
  CHECK(buffer->consumer("default").value()->backlog() == 1000);
  REQUIRE(buffer->claim(claimant, {{1, dropped}}, 0, 0, 0));
  CHECK(buffer->consumer("default").value()->floor() == dropped);
}

TEST_CASE("a loss is told by the next one when a consumer dies with it") {
  const Place place;
  const auto buffer = place.open();
  const Claimant claimant = claimant_of(*buffer);
  tell_losses(*buffer, "default");
  const std::uint64_t dropped = overflow(*buffer);
  REQUIRE(buffer->claim(claimant, {}, kAll, kMiB, 1).value().size() == 1);
  REQUIRE(buffer->update("default", [](logbuf::ConsumerState& state, const logbuf::State&) -> base::Result<bool> {
    return state.take_back([](std::uint64_t) { return true; }, true) > 0;
  }));
  const auto again = buffer->claim(claimant, {}, kAll, kMiB, 1).value();
  REQUIRE(again.size() == 1);
  CHECK(again[0].lost);
  CHECK(again[0].range.last == dropped);
}

TEST_CASE("a loss is reported once, as a message") {
  const Place place;
  const auto buffer = place.open();
  REQUIRE(buffer->set_limits([](logbuf::Limits& limits) {
    limits.max_size = {64 << 10};
    limits.when_full = logbuf::WhenFull::drop_oldest;
  }));
  append(*buffer, batch_of(std::vector<std::string>(1000, std::string(199, 'z'))));
  CHECK(buffer->state()->unreported_loss > 0);
  REQUIRE(buffer->trim(900, true));
  REQUIRE(buffer->append(batch_of({"after"}), 0, "", true));
  CHECK(buffer->state()->unreported_loss == 0);
  const auto messages = read(*buffer, {1001, 1002});
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].find("messages were dropped since") != std::string::npos);
  CHECK(messages[1] == "after");
}

TEST_CASE("the first consumer, when it begins with what is new, is told of no loss before it") {
  const Place place;
  const auto buffer = place.open();
  REQUIRE(buffer->set_limits([](logbuf::Limits& limits) {
    limits.max_size = {64 << 10};
    limits.when_full = logbuf::WhenFull::drop_oldest;
  }));
  append(*buffer, batch_of(std::vector<std::string>(1000, std::string(199, 'z'))));
  REQUIRE(buffer->state()->unreported_loss > 0);
  REQUIRE(buffer->add_consumer("drain", logbuf::ConsumerStart::newest));
  CHECK(buffer->state()->unreported_loss == 0);
  REQUIRE(buffer->append(batch_of({"after"}), 0, "", true));
  CHECK(read(*buffer, {1001, 1002}) == std::vector<std::string>{"after"});
}

TEST_CASE("claiming moves messages from R to B, at most so many") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, numbered(1, 10));
  const Claimant claimant = claimant_of(*buffer);
  const std::vector<Range> claimed = claim(*buffer, claimant, 4);
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].first == 1);
  CHECK(claimed[0].last == 4);
  CHECK(buffer->consumer("default").value()->backlog() == 4);
  CHECK(buffer->consumer("default").value()->ready(10) == 6);
}

TEST_CASE("a claim that acknowledges deletes what nobody needs any more") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, numbered(1, 5));
  append(*buffer, numbered(6, 10));
  const Claimant claimant = claimant_of(*buffer);
  claim(*buffer, claimant);
  REQUIRE(buffer->claim(claimant, {{1, 7}}, 0, 0, 0));
  CHECK(buffer->oldest_id().value() == 6);
  CHECK(buffer->state()->messages == 5);
}

TEST_CASE("a claim under an old generation gets nothing") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, numbered(1, 10));
  Claimant claimant = claimant_of(*buffer);
  claimant.generation = 1;
  CHECK(claim(*buffer, claimant, 5).size() == 1);
  REQUIRE(buffer->update("default", [](logbuf::ConsumerState& consumer, const logbuf::State&) -> base::Result<bool> {
    return consumer.rewind(kAll, [](std::uint64_t) { return false; }) > 0;
  }));
  CHECK(claim(*buffer, claimant).empty());
}

TEST_CASE("a consumer that is removed no longer holds messages back") {
  const Place place;
  const auto buffer = place.open();
  append(*buffer, numbered(1, 5));
  const Claimant claimant = claimant_of(*buffer);
  REQUIRE(buffer->add_consumer("other", logbuf::ConsumerStart::oldest));
  claim(*buffer, claimant);
  REQUIRE(buffer->claim(claimant, {{1, 5}}, 0, 0, 0));
  CHECK(buffer->state()->messages == 5);
  CHECK(buffer->remove_consumer("other").value());
  CHECK(buffer->state()->messages == 0);
  CHECK_FALSE(buffer->remove_consumer("other").value());
}

TEST_CASE("leased owners and one-shot owners are told apart") {
  const Place place;
  const auto buffer = place.open();
  const std::uint64_t leased = buffer->new_owner(true).value();
  const std::uint64_t one_shot = buffer->new_owner(false).value();
  CHECK(Buffer::is_leased(leased));
  CHECK_FALSE(Buffer::is_leased(one_shot));
  CHECK(leased != one_shot);
  CHECK_FALSE(buffer->is_live(one_shot));
}

TEST_CASE("acknowledged messages stay as long as retention by size keeps them") {
  const Place place;
  const auto buffer = place.open();
  REQUIRE(buffer->set_limits([](logbuf::Limits& limits) { limits.retain_size = {kMiB}; }));
  append(*buffer, numbered(1, 5));
  const Claimant claimant = claimant_of(*buffer);
  claim(*buffer, claimant);
  REQUIRE(buffer->claim(claimant, {{1, 5}}, 0, 0, 0));
  CHECK(buffer->state()->messages == 5);
  CHECK(buffer->trim(kAll, false).value() == 5);
  CHECK(buffer->state()->messages == 0);
}

TEST_CASE("the first message accepted at or after a time is found") {
  const Place place;
  const auto buffer = place.open();
  CHECK(buffer->id_at(base::wall_now()).value() == 1);
  append(*buffer, numbered(1, 3));
  const base::WallTime between = base::wall_now();
  append(*buffer, numbered(4, 6));
  CHECK(buffer->id_at(between).value() == 4);
  CHECK(buffer->id_at(between - std::chrono::hours(1)).value() == 1);
  CHECK(buffer->id_at(between + std::chrono::hours(1)).value() == 7);
}

TEST_CASE("a damaged chunk is reported whole, and reading goes on behind it") {
  const Place place;
  append(*place.open(), batch_of({"one", "first"}));
  append(*place.open(), batch_of({"two", "victim"}));
  append(*place.open(), batch_of({"three"}));
  damage(place.path(), "victim");
  const auto buffer = place.open();
  std::vector<Range> damaged;
  stream::Batch batch;
  const auto passed = buffer->read({1, 5}, false, kMiB, batch, [&](const logbuf::Damage& found) {
    damaged.push_back(found.range);
    return true;
  });
  REQUIRE(passed);
  CHECK(passed->last == 5);
  CHECK(batch.block() == "one\nfirst\nthree\n");
  REQUIRE(damaged.size() == 1);
  CHECK(damaged[0].first == 3);
  CHECK(damaged[0].last == 4);
}

TEST_CASE("quarantine takes a damaged chunk out of everybody's way, and only a damaged one") {
  const Place place;
  append(*place.open(), batch_of({"one"}));
  append(*place.open(), batch_of({"victim", "two"}));
  damage(place.path(), "victim");
  const auto buffer = place.open();
  REQUIRE(buffer->add_consumer("default", logbuf::ConsumerStart::oldest));
  REQUIRE(buffer->quarantine({2, 3}));
  REQUIRE(buffer->quarantine({1, 1}));
  CHECK(buffer->state()->damaged == 2);
  CHECK(buffer->state()->messages == 1);
  CHECK(buffer->consumer("default").value()->ready(3) == 1);
  CHECK(buffer->verify([](const std::string&) {}).value() == 1);
}

TEST_CASE("verify names damage and counts what is good") {
  const Place place;
  append(*place.open(), batch_of({"one"}));
  append(*place.open(), batch_of({"victim"}));
  damage(place.path(), "victim");
  std::vector<std::string> problems;
  CHECK(place.open()->verify([&](const std::string& problem) { problems.push_back(problem); }).value() == 1);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("message 2") == 0);
}

TEST_CASE("compacting keeps everything and makes the file smaller") {
  const Place place;
  {
    const auto buffer = place.open();
    append(*buffer, batch_of(std::vector<std::string>(5000, std::string(200, 'y'))));
    REQUIRE(buffer->trim(4000, true));
  }
  const auto before = std::filesystem::file_size(place.path() + "/data.mdb");
  REQUIRE(Buffer::compact(place.path()));
  CHECK(std::filesystem::file_size(place.path() + "/data.mdb") < before);
  const auto buffer = place.open();
  CHECK(buffer->state()->next_id == 5001);
  CHECK(buffer->verify([](const std::string&) {}).value() == buffer->state()->messages);
}

TEST_CASE("compacting waits for nobody") {
  const Place place;
  const auto buffer = place.open();
  const auto compacted = Buffer::compact(place.path());
  REQUIRE_FALSE(compacted);
  CHECK(compacted.error().kind == base::Kind::temporary);
}

TEST_CASE("chunks of every small size are deleted, wherever LMDB keeps the page meanwhile") {
  const Place place;
  const auto buffer = place.open();
  for (std::size_t i = 0; i < 20000; ++i) append(*buffer, batch_of({std::string(i % 400, 'x')}));
  const auto trimmed = buffer->trim(kAll, true);
  REQUIRE(trimmed);
  CHECK(*trimmed == 20000);
}
