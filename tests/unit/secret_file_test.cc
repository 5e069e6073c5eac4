#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/io.h"
#include "cli/secret_file.h"

TEST_CASE("a folder for secrets and its files are this user's alone, and end with their owner") {
  std::optional<cli::SecretFolder> folder(*cli::SecretFolder::make("logpipe-test"));
  const std::string path = folder->path();
  const std::string file = path + "/secret";
  REQUIRE(cli::write_secret_file(file, "user:password"));
  REQUIRE(cli::write_secret_file(file, "short"));
  CHECK(base::read_file(file, 100, "read") == "short\n");
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  folder.reset();
  CHECK_FALSE(std::filesystem::exists(path));
}
