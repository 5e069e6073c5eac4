#include "mulog/mulog.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "codec/flake.h"
#include "codec/json_object.h"
#include "folder.h"
#include "tools/logcat/ring/ring.h"
#include "tools/logcat/ring/ring_file.h"
#include "tools/logcat/ring/value.h"

namespace {

using Strings = std::vector<std::string>;

codec::Flake flake_of(const std::function<std::uint8_t(std::size_t)>& byte) {
  codec::Flake flake;
  for (std::size_t i = 0; i < flake.size(); ++i) flake[i] = byte(i);
  return flake;
}

// In a process of its own, as a process has one file.
void in_child(const unit::Folder& folder, const std::function<void()>& log) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setenv("MULOG_DIR", folder.path().c_str(), 1);
    ::setenv("MULOG_RING_SIZE", "16384", 1);
    log();
    ::_exit(0);
  }
  int status = 1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

void log_count(std::int64_t count, const std::string& text = {}) {
  static mulog_site site;
  const mulog_pair pairs[] = {mulog_int("count", count), mulog_text("text", text.data(), text.size())};
  mulog_log(&site, "counted", pairs, 2);
}

std::unique_ptr<logcat::RingFile> open_only(const unit::Folder& folder) {
  auto file = logcat::RingFile::open(std::filesystem::directory_iterator(folder.path())->path());
  REQUIRE(file);
  return *std::move(file);
}

// All that a ring has, as JSON, and the number that a receipt for all of it has.
Strings read_all(logcat::RingFile& file, std::uint64_t* safe_by = nullptr) {
  Strings events;
  REQUIRE(file.fill(0, 1 << 20));
  for (logcat::Ring& ring = file.ring(0); ring.front() != nullptr; ring.pop()) {
    if (ring.lost() > 0) events.push_back(file.render_loss(0, ring.lost()));
    if (safe_by != nullptr) *safe_by = ring.front()->number + 1;
    REQUIRE(file.render(0, events.emplace_back()));
  }
  return events;
}

bool ends_with_count(const std::string& event, std::int64_t count) {
  return event.find("\"count\":" + std::to_string(count) + ",") != event.npos;
}

// A ring in memory and a file, as a thread writes it. Its events have 32 bytes, so that none is at its end and its
// start.
class Written {
 public:
  static constexpr std::uint64_t kSize = 4096;
  Written() { REQUIRE(::ftruncate(::fileno(file_), kSize) == 0); }
  ~Written() { std::fclose(file_); }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;

  void put(std::uint64_t number, std::uint32_t length = 32) {
    const mulog_record record{.length = length, .site = 0, .contexts = contexts, .number = number, .time = 1};
    REQUIRE(::pwrite(::fileno(file_), &record, sizeof record, static_cast<off_t>(head.head % kSize)) == sizeof record);
    head.head += length;
  }
  // Whether there was something new.
  base::Result<bool> read(std::vector<std::uint64_t>& numbers) {
    TRY(ring_.fill(::fileno(file_), kSize));
    const bool some = ring_.front() != nullptr;
    for (; ring_.front() != nullptr; ring_.pop()) {
      numbers.push_back(ring_.front()->number);
      lost += ring_.lost();
    }
    return some;
  }

  mulog_ring_head head{};
  std::uint64_t lost = 0;
  std::uint16_t contexts = 0;

 private:
  std::FILE* file_ = std::tmpfile();
  logcat::Ring ring_{&head, 0, kSize};
};

}  // namespace

TEST_CASE("mulog: a flake's text is 32 digits in the order of ASCII") {
  CHECK(codec::flake_text(flake_of([](std::size_t) { return 0; })) == std::string(32, '-'));
  CHECK(codec::flake_text(flake_of([](std::size_t) { return 0xff; })) == std::string(32, 'z'));
  CHECK(codec::flake_text(flake_of([](std::size_t i) { return static_cast<std::uint8_t>(i); })) ==
        "--31-kF40VR71FcA2-oD2l-G3WBJ4GNM");
}

TEST_CASE("mulog: a flake is read from its text, and shown in hexadecimal") {
  const auto flake = codec::parse_flake("4YcWozKEUcfE9JxfQMnuwb-NnO8ygEpE");
  REQUIRE(flake);
  CHECK(codec::flake_hex(*flake) == "163a21d3f54f7e8acf294f6b6d7cfaf27018cd927eb0fd4f");
  CHECK(codec::flake_text(*flake) == "4YcWozKEUcfE9JxfQMnuwb-NnO8ygEpE");
  CHECK_FALSE(codec::parse_flake("4YcWozKEUcfE9JxfQMnuwb-NnO8ygEp"));
  CHECK_FALSE(codec::parse_flake("4YcWozKEUcfE9JxfQMnuwb-NnO8ygEp+"));
}

TEST_CASE("mulog: flakes are ordered by time, and differ by file, ring and number") {
  const auto flake = codec::make_flake(2, 7, 1, 5);
  CHECK(codec::make_flake(1, 9, 2, 6) < flake);
  CHECK(codec::make_flake(2, 7, 1, 4) < flake);
  CHECK(codec::make_flake(2, 8, 1, 5) != flake);
  CHECK(codec::make_flake(2, 7, 2, 5) != flake);
}

TEST_CASE("mulog: a ring is read in order across its end, and what was overwritten is counted exactly") {
  const unit::Folder folder;
  in_child(folder, [] {
    for (int i = 0; i < 5000; ++i) log_count(i, std::string(static_cast<std::size_t>(i % 90), 'x'));
  });
  const Strings events = read_all(*open_only(folder));
  REQUIRE(events.size() > 100);
  const auto lost = static_cast<std::int64_t>(5000 - (events.size() - 1));
  CHECK(events.front().find("\"mulog/events-overwritten\"") != std::string::npos);
  CHECK(events.front().find("\"events\":" + std::to_string(lost) + ",") != std::string::npos);
  for (std::size_t i = 1; i < events.size(); ++i)
    CHECK(ends_with_count(events[i], lost + static_cast<std::int64_t>(i) - 1));
}

TEST_CASE("mulog: events that have a receipt are not read again") {
  const unit::Folder folder;
  in_child(folder, [] {
    for (int i = 0; i < 5; ++i) log_count(i);
  });
  open_only(folder)->ring(0).acknowledge(3);
  const auto file = open_only(folder);
  std::uint64_t safe_by = 0;
  const Strings events = read_all(*file, &safe_by);
  REQUIRE(events.size() == 2);
  CHECK(ends_with_count(events.front(), 3));
  CHECK_FALSE(file->is_done());
  file->ring(0).acknowledge(safe_by);
  CHECK(file->is_done());
}

TEST_CASE("mulog: what is too long for a ring, or has too many pairs, is counted") {
  const unit::Folder folder;
  in_child(folder, [] {
    log_count(0, std::string(5000, 'x'));
    log_count(1);
    static mulog_site site;
    const std::vector<mulog_pair> many(33, mulog_int("key", 1));
    mulog_log(&site, "many", many.data(), many.size());
    mulog_stats stats;
    mulog_get_stats(&stats);
    ::_exit(stats.events == 1 && stats.dropped == 2 ? 0 : 1);
  });
  CHECK(read_all(*open_only(folder)).size() == 1);
}

TEST_CASE("mulog: a ring of a thread that has ended is used again") {
  const unit::Folder folder;
  in_child(folder, [] {
    for (int i = 0; i < 20; ++i) std::thread([i] { log_count(i); }).join();
  });
  const auto file = open_only(folder);
  CHECK(file->rings() == 1);
  CHECK(read_all(*file).size() == 20);
}

TEST_CASE("mulog: 16 threads, each with a ring of its own") {
  const unit::Folder folder;
  in_child(folder, [] {
    std::atomic<int> at_work = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i)
      threads.emplace_back([&] {
        log_count(0);
        for (++at_work; at_work < 16;) std::this_thread::yield();
        for (int j = 1; j < 3000; ++j) log_count(j);
      });
    for (std::thread& thread : threads) thread.join();
    mulog_stats stats;
    mulog_get_stats(&stats);
    ::_exit(stats.events == 16 * 3000 && stats.dropped == 0 ? 0 : 1);
  });
  CHECK(open_only(folder)->rings() == 16);
}

TEST_CASE("mulog: an event that is being written is not there yet") {
  Written ring;
  ring.put(0);
  ring.put(1);
  ring.head.head -= 32;
  std::vector<std::uint64_t> numbers;
  CHECK(ring.read(numbers));
  CHECK(*ring.read(numbers) == false);
  CHECK(numbers == std::vector<std::uint64_t>{0});
}

TEST_CASE("mulog: events that were overwritten between two looks are counted") {
  Written ring;
  ring.put(0);
  std::vector<std::uint64_t> numbers;
  REQUIRE(ring.read(numbers));
  for (std::uint64_t i = 1; i < 400; ++i) ring.put(i);
  ring.head.oldest = ring.head.head - 32 * std::uint64_t{100};
  ring.put(400);
  REQUIRE(ring.read(numbers));
  CHECK(ring.lost == 299);
  CHECK(numbers.size() == 102);
  CHECK(numbers.back() == 400);
}

TEST_CASE("mulog: numbers that are missing or repeat, and lengths that cannot be, are damage") {
  std::vector<std::uint64_t> numbers;
  Written gap;
  gap.put(0);
  gap.put(2);
  REQUIRE_FALSE(gap.read(numbers));
  Written repeated;
  repeated.put(1);
  repeated.put(1);
  CHECK(repeated.read(numbers).error().why == "numbers of events repeat");
  Written odd;
  odd.put(0, 28);
  CHECK(odd.read(numbers).error().why == "an event says that it has 28 bytes");
  Written contexts;
  contexts.contexts = 2;
  contexts.put(0);
  CHECK(contexts.read(numbers).error().why == "the contexts of an event are longer than the event");
  Written overtaken;
  overtaken.put(0);
  overtaken.head.oldest = 64;
  CHECK(overtaken.read(numbers).error().why == "its positions contradict each other");
  Written positions;
  positions.head.head = 2 * Written::kSize;
  CHECK(positions.read(numbers).error().why == "its positions contradict each other");
}

TEST_CASE("mulog: values that end too early are damage") {
  const std::string list("\x07\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0a\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0b\0\0\0\0\0\0\0", 40);
  std::string out;
  std::string_view values = list;
  REQUIRE(logcat::append_value(out, MULOG_LIST, values));
  CHECK(out == R"(["a","b"])");
  CHECK(values.empty());
  // The last zeros say nothing.
  for (std::size_t size = 0; size <= 32; ++size)
    for (const std::uint8_t type : {MULOG_LIST, MULOG_EXCEPTION}) {
      values = std::string_view(list).substr(0, size);
      CHECK_FALSE(logcat::append_value(out, type, values));
    }
}

TEST_CASE("mulog: a list whose values differ in type, or that changes while it is logged, is dropped") {
  const unit::Folder folder;
  in_child(folder, [] {
    static mulog_site site;
    int calls = 0;
    const auto mixed = [](const void*, std::size_t i) { return i == 0 ? mulog_int("", 1) : mulog_double("", 1); };
    const auto growing = [](const void* of, std::size_t) {
      int& called = *static_cast<int*>(const_cast<void*>(of));
      return ++called > 2 ? mulog_string("", "much longer than it was before") : mulog_string("", "short");
    };
    const mulog_list mixed_list{MULOG_INT, mixed, nullptr};
    const mulog_list growing_list{MULOG_STRING, growing, &calls};
    const mulog_list nested_list{MULOG_LIST, [](const void*, std::size_t) { return mulog_ints("", nullptr, 0); },
                                 nullptr};
    for (const mulog_list& list : {mixed_list, growing_list, nested_list}) {
      const mulog_pair pairs[] = {mulog_values("list", &list, 2), mulog_int("after", 1)};
      mulog_log(&site, "list", pairs, 2);
    }
    log_count(1);
    mulog_stats stats;
    mulog_get_stats(&stats);
    ::_exit(stats.events == 1 && stats.dropped == 3 ? 0 : 1);
  });
  CHECK(read_all(*open_only(folder)).size() == 1);
}

TEST_CASE("mulog: an event has one of the global contexts while they change, and never parts of two") {
  const unit::Folder folder;
  in_child(folder, [] {
    const auto set = [](std::int64_t number) {
      const mulog_pair pairs[] = {mulog_int("one", number),
                                  mulog_string("parity", number % 2 == 0 ? "even" : "odd, longer"),
                                  mulog_int("two", number)};
      mulog_set_global_context(pairs, 3);
    };
    set(0);
    std::atomic<bool> done = false;
    std::thread setter([&] {
      for (std::int64_t i = 1; !done; ++i) set(i);
    });
    for (int i = 0; i < 100000; ++i) log_count(i);
    done = true;
    setter.join();
    mulog_stats stats;
    mulog_get_stats(&stats);
    ::_exit(stats.dropped == 0 && stats.left_out == 0 ? 0 : 1);
  });
  const auto file = open_only(folder);
  const Strings events = read_all(*file);
  REQUIRE(events.size() > 50);
  for (std::size_t i = 1; i < events.size(); ++i) {
    const std::string& event = events[i];
    const auto number = [&event](std::string_view key) {
      return std::stoll(event.substr(event.find(key) + key.size()));
    };
    CHECK(number("\"one\":") == number("\"two\":"));
    CHECK((event.find("\"even\"") != event.npos) == (number("\"one\":") % 2 == 0));
  }
}

TEST_CASE("mulog: a double is written as everywhere") {
  const auto written = [](double number) {
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    std::string_view values = bytes;
    std::string out;
    REQUIRE(logcat::append_value(out, MULOG_DOUBLE, values));
    return out;
  };
  for (const double number :
       {0.0, -0.0, 1.0, 12.5, -0.001, 0.0005, 99999.999, 100000.0, -100000.5, 1e-4, 0.1 + 0.2, 5e-324, 1e300})
    CHECK(written(number) == codec::JsonValue(number).text());
  for (int thousandths = -20000; thousandths < 20000; thousandths += 7)
    REQUIRE(written(thousandths / 1000.0) == codec::JsonValue(thousandths / 1000.0).text());
  for (double number = 1e-5; number < 1e7; number *= 1.0007)
    REQUIRE(written(number) == codec::JsonValue(number).text());
}

TEST_CASE("mulog: metrics are bounded, and what exceeds the bounds is counted together") {
  logcat::EventCounts counts;
  logcat::Site site{.name = "", .namespace_ = "", .pairs = {{MULOG_STRING, "text"}, {MULOG_INT, "number"}}};
  const std::string values("\2\0\0\0\0\0\0\0ab\0\0\0\0\0\0\5\0\0\0\0\0\0\0", 24);
  for (std::size_t i = 0; i < logcat::EventCounts::kMostNames + 3; ++i) {
    site.name = "event " + std::to_string(i);
    counts.count(site, values);
    counts.count(site, values);
  }
  const std::string text = counts.text(1);
  CHECK(text.find("mulog_other_events_total 6\n") != text.npos);
  CHECK(text.find("mulog_value_sum{namespace=\"\",event=\"event 0\",key=\"number\"} 10\n") != text.npos);
}
