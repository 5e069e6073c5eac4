#include "tools/logtail/files/watcher.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/io.h"
#include "folder.h"

namespace {

struct Heard final : logtail::Watcher::Owner {
  std::vector<int> files;
  std::vector<std::string> names;
  int all = 0;
  virtual ~Heard() = default;
  void file_changed(int watch) override { files.push_back(watch); }
  void name_changed(const std::string& directory, const std::string& name, bool) override {
    names.push_back(directory + "/" + name);
  }
  void all_changed() override { ++all; }
};

struct Fixture {
  event::Loop loop = event::Loop::create().value();
  std::string said;
  std::unique_ptr<logtail::Watcher> watcher =
      logtail::Watcher::open(loop, [this](base::Level, const std::string& text) { said += text; }).value();
  unit::Folder folder;
  Heard heard;

  base::Fd make(const std::string& name) {
    return base::Fd(::open((folder / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }
  void wait() {
    watcher->arm();
    while (!watcher->pending()) loop.wait(std::chrono::seconds(20));
    REQUIRE(watcher->tell(heard));
  }
};

}  // namespace

TEST_CASE("a file that is written is named by its watch, whatever its name is by now") {
  Fixture fixture;
  const base::Fd file = fixture.make("a");
  const int watch = fixture.watcher->watch_file(file.get());
  REQUIRE(fixture.watcher->tell(fixture.heard));
  std::filesystem::rename(fixture.folder / "a", fixture.folder / "b");
  REQUIRE(base::write_all(file.get(), "text", "file"));
  fixture.wait();
  CHECK(fixture.heard.files == std::vector<int>{watch});
  CHECK(fixture.heard.all == 0);
}

TEST_CASE("a name that appears in a directory is told") {
  Fixture fixture;
  REQUIRE(fixture.watcher->watch_directory(fixture.folder.path()));
  REQUIRE(fixture.watcher->tell(fixture.heard));
  const base::Fd file = fixture.make("a");
  fixture.wait();
  CHECK(fixture.heard.names == std::vector<std::string>{fixture.folder / "a"});
}

TEST_CASE("a directory that is missing is not watched, and one that goes away is told") {
  Fixture fixture;
  const std::string inner = fixture.folder / "inner";
  CHECK_FALSE(fixture.watcher->watch_directory(inner));
  std::filesystem::create_directory(inner);
  REQUIRE(fixture.watcher->watch_directory(inner));
  REQUIRE(fixture.watcher->tell(fixture.heard));
  std::filesystem::remove(inner);
  fixture.wait();
  CHECK(fixture.heard.all > 0);
  CHECK_FALSE(fixture.watcher->watch_directory(inner));
}

TEST_CASE("a directory that was not watched before is told once") {
  Fixture fixture;
  REQUIRE(fixture.watcher->watch_directory(fixture.folder.path()));
  CHECK(fixture.watcher->take_grown());
  REQUIRE(fixture.watcher->watch_directory(fixture.folder.path()));
  CHECK_FALSE(fixture.watcher->take_grown());
}

TEST_CASE("what cannot be watched is looked at each second, which is said once") {
  Fixture fixture;
  const int no_such_descriptor = 1 << 20;
  CHECK(fixture.watcher->watch_file(no_such_descriptor) == -1);
  CHECK(fixture.watcher->watch_file(no_such_descriptor) == -1);
  REQUIRE(fixture.watcher->tell(fixture.heard));
  fixture.wait();
  CHECK(fixture.heard.all == 1);
  fixture.wait();
  CHECK(fixture.heard.all == 2);
  CHECK(fixture.said.find("looking at them each second instead") == fixture.said.rfind("looking at them"));
}
