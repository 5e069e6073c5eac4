#include <doctest/doctest.h>

#include "http/repetitions.h"

TEST_CASE("repetitions: a request is recognised by its sender and its id") {
  http::Repetitions requests;
  requests.remember("a", "1", 10);
  CHECK(requests.find("a", "1") == 10);
  CHECK_FALSE(requests.find("a", "2").has_value());
  CHECK_FALSE(requests.find("b", "1").has_value());
}

TEST_CASE("repetitions: of a sender the latest ids are kept, whatever others send") {
  http::Repetitions requests(2, 2);
  requests.remember("quiet", "1", 1);
  for (const char* id : {"1", "2", "3"}) requests.remember("loud", id, 9);
  CHECK_FALSE(requests.find("loud", "1").has_value());
  CHECK(requests.find("loud", "2") == 9);
  CHECK(requests.find("quiet", "1") == 1);
}

TEST_CASE("repetitions: the sender that was silent longest is forgotten") {
  http::Repetitions requests(2, 2);
  requests.remember("a", "1", 1);
  requests.remember("b", "1", 2);
  (void)requests.find("a", "1");
  requests.remember("c", "1", 3);
  CHECK(requests.find("a", "1") == 1);
  CHECK_FALSE(requests.find("b", "1").has_value());
  CHECK(requests.find("c", "1") == 3);
}
