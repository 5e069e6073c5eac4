#include "tools/logtail/memory.h"

#include <doctest/doctest.h>

#include <string>

using logtail::Memory;
using logtail::Piece;
using logtail::Place;
using logtail::Plan;

namespace {

Place place(std::uint64_t log, std::uint64_t at) {
  return {log, "/var/log/a", "1:2:3:4", at, true};
}

Plan plan(std::uint64_t log, std::uint64_t first, std::uint64_t count, std::uint64_t begin, std::uint64_t end) {
  return {place(log, begin), end, true, first, count};
}

Memory reread(const Memory& memory) {
  Memory copy;
  std::string text = memory.text();
  for (std::size_t lf = 0; (lf = text.find('\n')) != std::string::npos; text.erase(0, lf + 1))
    CHECK(copy.take(text.substr(0, lf)));
  return copy;
}

}  // namespace

TEST_CASE("what is remembered is the same when it is read again") {
  Memory memory;
  memory.cut_by("max-message=1 multiline=^ [a-z]");
  memory.reached({memory.new_log(), "a %25 name\nwith everything in it ", "1:2:3:4", 17, false});
  memory.planned(plan(memory.new_log(), 1, 10, 0, 100));
  memory.planned(plan(2, 11, 5, 100, 150));
  memory.safe(12);
  const Memory again = reread(memory);
  CHECK(again.text() == memory.text());
  CHECK(again.places().at(1).name == "a %25 name\nwith everything in it ");
  CHECK_FALSE(again.places().at(1).passing);
  CHECK(again.places().at(2).at == 100);
  CHECK(again.plans().size() == 1);
  CHECK(again.next_id() == 16);
  CHECK(again.safe_id() == 12);
}

TEST_CASE("a log is safe up to the end of its last plan that is safe as a whole") {
  Memory memory;
  memory.planned(plan(1, 1, 10, 0, 100));
  memory.planned(plan(2, 11, 10, 7, 80));
  memory.safe(9);
  CHECK(memory.places().at(1).at == 0);
  memory.safe(10);
  CHECK(memory.places().at(1).at == 100);
  CHECK(memory.places().at(2).at == 7);
  memory.safe(20);
  CHECK(memory.places().at(2).at == 80);
  CHECK(memory.plans().empty());
}

TEST_CASE("a log that is done is forgotten when no plan needs it") {
  Memory memory;
  memory.planned(plan(1, 1, 10, 0, 100));
  memory.done(1);
  CHECK(reread(memory).places().contains(1));
  memory.safe(10);
  CHECK(memory.places().empty());
  CHECK(reread(memory).places().empty());
}

TEST_CASE("numbers are never given twice, whatever was forgotten") {
  Memory memory;
  memory.planned(plan(memory.new_log(), 1, 10, 0, 100));
  memory.safe(10);
  memory.done(1);
  Memory again = reread(memory);
  CHECK(again.next_id() == 11);
  CHECK(again.new_log() == 2);
}

TEST_CASE("dropped plans leave logs where they are safe") {
  Memory memory;
  memory.planned(plan(1, 1, 10, 0, 100));
  memory.safe(10);
  memory.planned(plan(1, 11, 10, 100, 200));
  memory.drop_plans();
  CHECK(memory.places().at(1).at == 100);
  CHECK(memory.next_id() == 21);
}

TEST_CASE("what is no record is told") {
  Memory memory;
  for (const char* text : {"", "at", "at 1 2 + id", "at 1 2 ? id name", "at x 2 + id name", "plan 1 1 0 0 5 ++ id name",
                           "plan 1 1 1 0 5 + id name", "safe", "safe 1 2", "next 1", "new record"})
    CHECK_FALSE(memory.take(text));
}

TEST_CASE("in the middle of a piece the place is behind the last message that is safe") {
  const Piece piece{place(1, 100), 150, false, {10, 20, 30}};
  CHECK(piece.after(0).at == 100);
  CHECK(piece.after(2).at == 120);
  CHECK(piece.after(2).passing);
  CHECK(piece.after(3).at == 150);
  CHECK_FALSE(piece.after(3).passing);
}
