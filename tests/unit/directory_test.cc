#include "base/directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/folder.h"

namespace base {

TEST_CASE("directories: every entry is visited once") {
  const unit::Folder folder;
  std::vector<std::string> wanted;
  for (int i = 0; i < 1000; ++i) {  // more than one read of the kernel gives
    wanted.push_back("a-name-that-is-not-short-" + std::to_string(1000 + i));
    REQUIRE(Fd(::open((folder.path() + "/" + wanted.back()).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)));
  }
  std::vector<std::string> found;
  Fd directory(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(
      each_entry(std::move(directory), "read", [&](int, const dirent& entry) { found.emplace_back(entry.d_name); }));
  std::ranges::sort(found);
  CHECK(found == wanted);
}

TEST_CASE("directories: what cannot be read is an error") {
  Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto read = each_entry(std::move(file), "read directory x", [](int, const dirent&) { FAIL("an entry"); });
  REQUIRE_FALSE(read);
  CHECK(read.error().text() == "read directory x: Not a directory");
}

}  // namespace base
