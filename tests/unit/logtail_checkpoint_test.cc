#include "tools/logtail/checkpoint.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "folder.h"

namespace {

// While it lives, files of this process cannot grow beyond `bytes`.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  FileLimit(const FileLimit&) = delete;
  ~FileLimit() {
    (void)::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

struct Fixture {
  unit::Folder folder;
  std::string path = folder / "ck";
};

logtail::Plan plan_of(std::uint64_t first_id) {
  return {.begin = {1, "/var/log/app.log", "1:2:3:4", 100 * first_id},
          .end = 100 * first_id + 50,
          .first_id = first_id,
          .count = 1};
}

}  // namespace

TEST_CASE("nothing is written behind a record that the disk had no room for") {
  Fixture fixture;
  {
    const auto checkpoint = logtail::Checkpoint::open(fixture.path).value();
    REQUIRE(checkpoint->plan({plan_of(1)}));
    {
      const FileLimit full(std::filesystem::file_size(fixture.path) + 10);
      CHECK_FALSE(checkpoint->plan({plan_of(2)}));
    }
    checkpoint->memory().safe(1);
    REQUIRE(checkpoint->save());
  }
  const auto checkpoint = logtail::Checkpoint::open(fixture.path);
  REQUIRE(checkpoint);
  CHECK((*checkpoint)->memory().safe_id() == 1);
  CHECK((*checkpoint)->memory().plans().size() == 1);
}

TEST_CASE("a name that is damaged is an error, since a sink would not know it") {
  Fixture fixture;
  REQUIRE(logtail::Checkpoint::open(fixture.path));
  std::fstream file(fixture.path);
  file.seekp(25) << '\xff';
  file.close();
  const auto checkpoint = logtail::Checkpoint::open(fixture.path);
  REQUIRE_FALSE(checkpoint);
  CHECK(checkpoint.error().kind == base::Kind::data);
}

TEST_CASE("a checkpoint that cannot be written anew stays as it was, and leaves no other file") {
  Fixture fixture;
  {
    const auto checkpoint = logtail::Checkpoint::open(fixture.path).value();
    REQUIRE(checkpoint->plan({plan_of(1)}));
  }
  {
    const FileLimit full(20);
    const auto checkpoint = logtail::Checkpoint::open(fixture.path);
    REQUIRE_FALSE(checkpoint);
    CHECK(checkpoint.error().text().find("write checkpoint " + fixture.path + ": File too large") == 0);
  }
  CHECK_FALSE(std::filesystem::exists(fixture.path + ".new"));
  CHECK(logtail::Checkpoint::open(fixture.path).value()->memory().plans().size() == 1);
}

TEST_CASE("a log that is done goes with the plans that needed it") {
  Fixture fixture;
  {
    const auto checkpoint = logtail::Checkpoint::open(fixture.path).value();
    checkpoint->memory().reached(plan_of(1).begin);
    REQUIRE(checkpoint->plan({plan_of(1)}));
    checkpoint->done(1);
    REQUIRE(checkpoint->save());
  }
  const auto checkpoint = logtail::Checkpoint::open(fixture.path).value();
  REQUIRE(checkpoint->memory().plans().size() == 1);
  REQUIRE(checkpoint->drop_plans());
  REQUIRE(checkpoint->save());
  CHECK(checkpoint->memory().places().empty());
}
