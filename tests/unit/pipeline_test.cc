#include "stream/pipeline.h"

#include <doctest/doctest.h>

namespace {

bool hides(const std::string& shell, const std::string& option, const std::string& script) {
  return stream::hides_failures({shell, option, script});
}

}  // namespace

TEST_CASE("a pipe in a shell's script hides how its first parts ended") {
  CHECK(hides("sh", "-c", "grep -v DEBUG | logbuf push q"));
  CHECK(hides("/bin/bash", "-ec", "a|b"));
  CHECK(hides("dash", "-c", "a |& b || c"));
}

TEST_CASE("pipefail shows it") {
  CHECK_FALSE(hides("bash", "-c", "set -o pipefail; a | b"));
  CHECK_FALSE(stream::hides_failures({"bash", "-o", "pipefail", "-c", "a | b"}));
}

TEST_CASE("what is no pipe hides nothing") {
  CHECK_FALSE(hides("sh", "-c", "a || b"));
  CHECK_FALSE(hides("sh", "-c", "grep -E 'a|b' >| out"));
  CHECK_FALSE(hides("sh", "-c", "grep \"a|b\""));
  CHECK_FALSE(hides("sh", "-c", "grep a\\|b"));
  CHECK_FALSE(hides("grep", "-c", "a|b"));
  CHECK_FALSE(stream::hides_failures({"sh", "script", "a | b"}));
  CHECK_FALSE(stream::hides_failures({"sh", "-c"}));
}
