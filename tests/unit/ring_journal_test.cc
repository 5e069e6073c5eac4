#include "tools/logcat/ring/journal.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "folder.h"

namespace logcat {
namespace {

// A journal that is opened again and again, and what was reported the last time.
struct Kept {
  unit::Folder folder = {};
  std::string path = folder.path() + "/journal";
  std::vector<std::string> reports = {};

  Journal open() {
    reports.clear();
    auto journal = Journal::open(path, [this](base::Level, const std::string& text) { reports.push_back(text); });
    REQUIRE(journal);
    return *std::move(journal);
  }
};

SentRun events(std::uint64_t first, std::uint64_t end, std::uint64_t id) {
  return {.instance = 7, .ring = 1, .first = first, .end = end, .id = id, .lost = 0};
}

TEST_CASE("ring journal: what was sent is there again, under the same origin") {
  Kept kept;
  std::string origin;
  {
    Journal journal = kept.open();
    origin = journal.origin();
    REQUIRE(journal.append({events(0, 5, 1), events(5, 6, 6)}));
    REQUIRE(journal.append({events(6, 8, 7)}));
  }
  const Journal journal = kept.open();
  CHECK(kept.reports.empty());
  CHECK(journal.origin() == origin);
  CHECK(journal.last_id() == 8);
  REQUIRE(journal.sent().size() == 3);
  CHECK(journal.sent()[2].first == 6);
  CHECK(journal.sent()[2].id == 7);
}

TEST_CASE("ring journal: a unit that is not whole was never written") {
  Kept kept;
  REQUIRE(kept.open().append({events(0, 5, 1)}));
  const auto whole = std::filesystem::file_size(kept.path);
  {
    Journal journal = kept.open();
    REQUIRE(journal.append({events(5, 9, 6)}));
  }
  std::filesystem::resize_file(kept.path, std::filesystem::file_size(kept.path) - 1);
  CHECK(std::filesystem::file_size(kept.path) > whole);
  const Journal journal = kept.open();
  CHECK(kept.reports.empty());
  CHECK(journal.last_id() == 5);
  CHECK(journal.sent().size() == 1);
}

TEST_CASE("ring journal: ids go on after it was written anew without anything") {
  Kept kept;
  {
    Journal journal = kept.open();
    REQUIRE(journal.append({events(0, 5, 1)}));
    REQUIRE(journal.rewrite({}));
  }
  const Journal journal = kept.open();
  CHECK(journal.last_id() == 5);
  CHECK(journal.sent().empty());
}

TEST_CASE("ring journal: a message about losses stands for what was sent of its ring before") {
  Kept kept;
  SentRun other = events(0, 2, 6);
  other.ring = 2;
  SentRun lost = events(0, 9, 8);
  lost.lost = 4;
  REQUIRE(kept.open().append({events(0, 5, 1), other, lost}));
  const Journal journal = kept.open();
  REQUIRE(journal.sent().size() == 2);
  CHECK(journal.sent()[0].ring == 2);
  CHECK(journal.sent()[1].lost == 4);
  CHECK(journal.last_id() == 8);
}

TEST_CASE("ring journal: what is damaged is reported and begun anew, under a new origin") {
  Kept kept;
  std::string origin;
  {
    Journal journal = kept.open();
    origin = journal.origin();
  }
  std::ofstream(kept.path) << "mulog journal 2 mulog/x\n";
  const Journal journal = kept.open();
  CHECK(kept.reports.size() == 1);
  CHECK(journal.origin() != origin);
  CHECK(journal.last_id() == 0);
}

}  // namespace
}  // namespace logcat
