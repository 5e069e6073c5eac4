#include "http/tokens.h"

#include <doctest/doctest.h>

namespace {

http::Tokens tokens() {
  auto parsed = http::Tokens::parse("# who may post\n\nweb  t.123\r\napp\tsecret", "FILE");
  REQUIRE(parsed);
  return std::move(*parsed);
}

std::string name_of(const std::string& authorization) {
  return std::string(tokens().name_of({.headers = {{"authorization", authorization}}}).value_or(""));
}

std::string why(std::string_view text) {
  const auto parsed = http::Tokens::parse(text, "FILE");
  return parsed ? "" : parsed.error().why;
}

}  // namespace

TEST_CASE("http tokens: a request shows one in each of the schemes") {
  CHECK(name_of("Bearer secret") == "app");
  CHECK(name_of("splunk t.123") == "web");
  CHECK(name_of("Basic dG9rZW46dC4xMjM=") == "web");  // token:t.123
  CHECK(name_of("Basic c2VjcmV0Og==") == "app");      // secret:
}

TEST_CASE("http tokens: anything else is none") {
  for (const char* shown : {"", "Bearer", "Bearer secre", "Bearer secrets", "Bearer app", "secret", "Digest secret",
                            "Basic secret", "Basic c2VjcmV0"})
    CHECK(name_of(shown).empty());
  CHECK_FALSE(tokens().name_of({}).has_value());
}

TEST_CASE("http tokens: a file that is wrong says where, and never shows a token") {
  CHECK(why("web\n") == "line 1 is not NAME TOKEN");
  CHECK(why("a b\n\nweb t.123 more\n") == "line 3 is not NAME TOKEN");
  CHECK(why("a b\na c\n") == "line 2 has a name that another line has");
  CHECK(why("a b\nc b\n") == "line 2 has a token that another line has");
  CHECK(why("# nothing\n") == "it holds no token");
}
