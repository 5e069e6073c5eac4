#include <doctest/doctest.h>

#include "cli/credentials.h"

TEST_CASE("credentials are a user and a password, or a password, with a line end or without") {
  const auto both = cli::parse_credentials("user:pa:ss\n");
  CHECK(both.user == "user");
  CHECK(both.password == "pa:ss");
  const auto one = cli::parse_credentials("password\r\n");
  CHECK(one.user.empty());
  CHECK(one.password == "password");
}

TEST_CASE("without a file there are no credentials, and one that is missing is an error") {
  CHECK(!cli::read_credentials("")->has_value());
  CHECK(cli::read_credentials("/nonexistent/file").error().kind == base::Kind::config);
}
