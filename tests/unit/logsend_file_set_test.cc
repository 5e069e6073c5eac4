#include "tools/logsend/file_set.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "folder.h"

namespace fs = std::filesystem;
using logsend::FileSet;
using unit::content;

namespace {

FileSet set_in(const unit::Folder& folder, std::size_t limit = 2) {
  return FileSet({.fixed = folder / "", .varies = true, .lines = true, .limit = limit});
}

void append(FileSet& files, const std::string& name, const std::string& text) {
  const auto file = files.open(name);
  REQUIRE(file);
  REQUIRE((*file)->append(text));
}

std::string refusal(FileSet& files, const std::string& name) {
  const auto file = files.open(name);
  REQUIRE_FALSE(file);
  CHECK(file.error().kind == base::Kind::cannot_create);
  return file.error().why;
}

// No more descriptors than there are now and `spare`, while this lives.
struct DescriptorLimit {
  rlimit before{};
  explicit DescriptorLimit(int spare) {
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int next = ::dup(0);
    REQUIRE(::close(next) == 0);
    const rlimit limit{static_cast<rlim_t>(next + spare), before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before); }
};

}  // namespace

TEST_CASE("file set: to open another file, the least recently used is synced and closed") {
  const unit::Folder folder;
  FileSet files = set_in(folder);
  append(files, "a", "1\n");
  append(files, "b", "2\n");
  CHECK(files.find("a") != nullptr);
  append(files, "c", "3\n");
  CHECK(files.count() == 2);
  CHECK(files.find("b") == nullptr);
  CHECK(files.find("a") != nullptr);
  CHECK_FALSE(files.synced());
  append(files, "b", "4\n");
  CHECK(content(folder / "b") == "2\n4\n");
  REQUIRE(files.sync());
  CHECK(files.synced());
}

TEST_CASE("file set: without a descriptor left, files are closed for the next") {
  const unit::Folder folder;
  FileSet files = set_in(folder, 64);
  const DescriptorLimit limit(4);
  for (int i = 0; i < 10; ++i) append(files, std::to_string(i), "x\n");
  CHECK(files.count() < 10);
  CHECK(content(folder / "9") == "x\n");
}

TEST_CASE("file set: directories are made below the fixed one, which is not") {
  const unit::Folder folder;
  const mode_t before = ::umask(027);
  FileSet files = set_in(folder);
  append(files, "a//b/c", "1\n");
  ::umask(before);
  CHECK(content(folder / "a/b/c") == "1\n");
  CHECK((fs::status(folder / "a/b").permissions() & fs::perms::mask) == static_cast<fs::perms>(0750));
  CHECK((fs::status(folder / "a/b/c").permissions() & fs::perms::mask) == static_cast<fs::perms>(0640));
  FileSet elsewhere({.fixed = folder / "missing/", .varies = true, .lines = true, .limit = 2});
  CHECK(refusal(elsewhere, "a/b") == "No such file or directory");
  CHECK_FALSE(fs::exists(folder / "missing"));
}

TEST_CASE("file set: no symbolic link is followed below the fixed directory") {
  const unit::Folder folder;
  fs::create_directory(folder / "aim");
  fs::create_symlink("aim", folder / "link");
  fs::create_symlink("aim/file", folder / "file");
  FileSet files = set_in(folder);
  CHECK(refusal(files, "link/x").starts_with("\"link\" is a symbolic link"));
  CHECK(refusal(files, "file").starts_with("\"file\" is a symbolic link"));
  CHECK(refusal(files, "../x") == "no . and .. can follow a conversion");
  CHECK(fs::is_empty(folder / "aim"));
  FileSet through({.fixed = folder / "link/", .varies = true, .lines = true, .limit = 2});
  append(through, "x", "1\n");
  CHECK(content(folder / "aim/x") == "1\n");
}

TEST_CASE("file set: where the name varies, only a regular file will do, and a FIFO does not stop us") {
  const unit::Folder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  fs::create_directory(folder / "dir");
  FileSet files = set_in(folder);
  CHECK(refusal(files, "fifo") == "No such device or address");
  CHECK(refusal(files, "dir") == "Is a directory");
  CHECK(refusal(files, "dir/../dir") == "no . and .. can follow a conversion");
}

TEST_CASE("file set: undoing takes away what was appended since it was kept, but nothing of others") {
  const unit::Folder folder;
  FileSet files = set_in(folder);
  append(files, "a", "kept\n");
  files.keep();
  append(files, "a", "gone\n");
  append(files, "b", "stays, since another has appended\n");
  std::ofstream(folder / "b", std::ios::app) << "other\n";
  files.undo();
  CHECK(content(folder / "a") == "kept\n");
  CHECK(content(folder / "b") == "stays, since another has appended\nother\n");
}
