#include "tools/logtail/checkpoint.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "file_limit.h"
#include "folder.h"

namespace {

struct Fixture {
  unit::Folder folder;
  std::string path = folder / "ck";
  std::vector<std::string> reports;

  base::Result<std::unique_ptr<logtail::Checkpoint>> open() {
    return logtail::Checkpoint::open(path, [this](base::Level, const std::string& text) { reports.push_back(text); });
  }
  void add(const std::string& text) { std::ofstream(path, std::ios::app | std::ios::binary) << text; }
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
    const auto checkpoint = fixture.open().value();
    REQUIRE(checkpoint->plan({plan_of(1)}));
    {
      const unit::FileLimit full(std::filesystem::file_size(fixture.path) + 10);
      CHECK_FALSE(checkpoint->plan({plan_of(2)}));
    }
    checkpoint->memory().safe(1);
    REQUIRE(checkpoint->save());
  }
  const auto checkpoint = fixture.open();
  REQUIRE(checkpoint);
  CHECK((*checkpoint)->memory().safe_id() == 1);
  CHECK((*checkpoint)->memory().plans().size() == 1);
}

TEST_CASE("a name that is damaged is an error, since a sink would not know it") {
  Fixture fixture;
  REQUIRE(fixture.open());
  std::fstream file(fixture.path);
  file.seekp(25) << '\xff';
  file.close();
  const auto checkpoint = fixture.open();
  REQUIRE_FALSE(checkpoint);
  CHECK(checkpoint.error().kind == base::Kind::data);
}

TEST_CASE("a checkpoint that cannot be written anew stays as it was, and leaves no other file") {
  Fixture fixture;
  {
    const auto checkpoint = fixture.open().value();
    REQUIRE(checkpoint->plan({plan_of(1)}));
  }
  {
    const unit::FileLimit full(20);
    const auto checkpoint = fixture.open();
    REQUIRE_FALSE(checkpoint);
    CHECK(checkpoint.error().text().find("write checkpoint " + fixture.path + ": File too large") == 0);
  }
  CHECK_FALSE(std::filesystem::exists(fixture.path + ".new"));
  CHECK(fixture.open().value()->memory().plans().size() == 1);
}

TEST_CASE("a log that is done goes with the plans that needed it") {
  Fixture fixture;
  {
    const auto checkpoint = fixture.open().value();
    checkpoint->memory().reached(plan_of(1).begin);
    REQUIRE(checkpoint->plan({plan_of(1)}));
    checkpoint->done(1);
    REQUIRE(checkpoint->save());
  }
  const auto checkpoint = fixture.open().value();
  REQUIRE(checkpoint->memory().plans().size() == 1);
  REQUIRE(checkpoint->drop_plans());
  REQUIRE(checkpoint->save());
  CHECK(checkpoint->memory().places().empty());
}

TEST_CASE("a torn append is dropped as a whole and reported, also when a later sector of it is there") {
  Fixture fixture;
  std::string whole;
  {
    const auto checkpoint = fixture.open().value();
    REQUIRE(checkpoint->plan({plan_of(1)}));
    const auto before = std::filesystem::file_size(fixture.path);
    REQUIRE(checkpoint->plan({plan_of(2), plan_of(3), plan_of(4)}));
    std::ifstream file(fixture.path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(before));
    whole.assign(std::istreambuf_iterator<char>(file), {});
    std::filesystem::resize_file(fixture.path, before);
  }
  for (std::size_t torn = 0; torn < whole.size(); ++torn) {
    std::string text = whole;
    text.replace(torn, 20, std::string(std::min<std::size_t>(20, whole.size() - torn), '\0'));
    fixture.add(text);
    const auto checkpoint = fixture.open();
    REQUIRE(checkpoint);
    CHECK((*checkpoint)->memory().plans().size() == 1);
    REQUIRE(fixture.reports.size() == torn + 1);
    CHECK(fixture.reports.back().find("were being written when the machine stopped; they are dropped") !=
          std::string::npos);
  }
}

TEST_CASE("damage with whole units behind it is an error, since their ids are known to the sink") {
  Fixture fixture;
  {
    const auto checkpoint = fixture.open().value();
    REQUIRE(checkpoint->plan({plan_of(1)}));
    REQUIRE(checkpoint->plan({plan_of(2)}));
  }
  const auto first = std::filesystem::file_size(fixture.path);
  {
    const auto checkpoint = fixture.open().value();
    REQUIRE(checkpoint->plan({plan_of(3)}));
    REQUIRE(checkpoint->plan({plan_of(4)}));
  }
  std::fstream file(fixture.path);
  file.seekp(static_cast<std::streamoff>(first + 20)) << '\xff';
  file.close();
  const auto checkpoint = fixture.open();
  REQUIRE_FALSE(checkpoint);
  CHECK(checkpoint.error().kind == base::Kind::data);
}

TEST_CASE("a checkpoint of the format before is read, and written anew in this one") {
  Fixture fixture;
  fixture.add(
      "logtail checkpoint 1 0123456789abcdef0123456789abcdef\n"
      "eefe76df at 1 17 + 1:2:3:4 /var/log/app.log\n"
      "ec89b215 next 8 2\nhalf a rec");
  const auto checkpoint = fixture.open();
  REQUIRE(checkpoint);
  CHECK((*checkpoint)->uuid() == "0123456789abcdef0123456789abcdef");
  CHECK((*checkpoint)->memory().places().at(1).at == 17);
  CHECK((*checkpoint)->memory().next_id() == 8);
  std::string line;
  REQUIRE(std::getline(std::ifstream(fixture.path), line));
  CHECK(line == "logtail checkpoint 2 0123456789abcdef0123456789abcdef");
}
