#include "tools/logredis/queue/owner.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

using namespace logredis;

namespace {

std::string with_pid(std::string owner, long pid) {
  const std::string mine = ":" + std::to_string(::getpid()) + ":";
  return owner.replace(owner.find(mine), mine.size(), ":" + std::to_string(pid) + ":");
}

}  // namespace

TEST_CASE("this process is alive") {
  CHECK_FALSE(is_dead(owner_name(true)));
  CHECK(is_leased(owner_name(true)));
}

TEST_CASE("a process that has ended is dead") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK(is_dead(with_pid(owner_name(true), child)));
}

TEST_CASE("another process under the number of one that has ended is not that one") {
  CHECK(is_dead(with_pid(owner_name(true), 1)));
}

TEST_CASE("a turn behind the name does not matter") {
  CHECK_FALSE(is_dead(owner_name(true) + "/3"));
  CHECK(is_dead(with_pid(owner_name(true), 1) + "/3"));
}

TEST_CASE("nobody knows about owners on other machines, in other namespaces and of other programs") {
  for (const char* owner : {"", "worker-1", "far:1:1:abcdef01:4026531836", "1:2:3:4:5:6:7"})
    CHECK_FALSE(is_dead(owner));
}

TEST_CASE("one without a lease is never dead") {
  const std::string owner = owner_name(false);
  CHECK_FALSE(is_leased(owner));
  CHECK_FALSE(is_dead(with_pid(owner, 1)));
}
