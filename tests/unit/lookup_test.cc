#include "net/lookup.h"

#include <doctest/doctest.h>

#include <future>
#include <optional>
#include <string>

namespace {

using net::Lookup;

net::Url url_of(const std::string& text) {
  return *net::parse_url(text);
}

// A resolver that answers when it is told to, with 192.0.2.7.
struct SlowResolver {
  std::promise<void> go;
  std::promise<void> asked;

  Lookup::Resolver resolver() {
    return [this, waits = go.get_future().share()](const net::Url&) {
      asked.set_value();
      waits.wait();
      return net::resolve(url_of("tcp://192.0.2.7:1"));
    };
  }
};

}  // namespace

TEST_CASE("what is an address or a socket's path is answered at once") {
  event::Loop loop = *event::Loop::create();
  Lookup lookup(loop, [](const Lookup::Answer&) { FAIL("nobody had to be asked"); });
  for (const char* text : {"tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://:1", "unix:/run/log", "udp://192.0.2.1:9"}) {
    const auto found = lookup.find(url_of(text));
    REQUIRE_MESSAGE((found && *found), text);
    CHECK_FALSE((*found)->empty());
    CHECK_FALSE(lookup.active());
  }
}

TEST_CASE("what can never be connected to is said at once") {
  event::Loop loop = *event::Loop::create();
  Lookup lookup(loop, [](const Lookup::Answer&) { FAIL("nobody had to be asked"); });
  const auto found = lookup.find(url_of("tcp://127.0.0.1:0"));
  REQUIRE(found);
  CHECK(found->error().text() == "connect to tcp://127.0.0.1:0: port 0 is only for listening");
}

TEST_CASE("while a name server does not answer, the loop goes on") {
  event::Loop loop = *event::Loop::create();
  SlowResolver slow;
  std::optional<Lookup::Answer> answer;
  Lookup lookup(
      loop, [&](Lookup::Answer found) { answer = std::move(found); }, slow.resolver());
  CHECK_FALSE(lookup.find(url_of("tcp://slow.example:1")));
  slow.asked.get_future().wait();
  bool ticked = false;
  event::Timer timer(loop, [&] { ticked = true; });
  timer.start(std::chrono::milliseconds(1));
  while (!ticked) loop.wait();
  CHECK_FALSE(answer);
  CHECK(lookup.active());

  slow.go.set_value();
  while (!answer) loop.wait();
  REQUIRE(*answer);
  CHECK((**answer).at(0).text() == "192.0.2.7:1");
  CHECK_FALSE(lookup.active());
}

TEST_CASE("a failure is told in the loop") {
  event::Loop loop = *event::Loop::create();
  std::optional<Lookup::Answer> answer;
  Lookup lookup(
      loop, [&](Lookup::Answer found) { answer = std::move(found); },
      [](const net::Url& url) -> Lookup::Answer {
        return base::fail(base::Kind::unavailable, "resolve " + url.host, "no such name");
      });
  CHECK_FALSE(lookup.find(url_of("tcp://nowhere.example:1")));
  while (!answer) loop.wait();
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().text() == "resolve nowhere.example: no such name");
}

TEST_CASE("what was forgotten is not told, and nobody waits for it") {
  event::Loop loop = *event::Loop::create();
  SlowResolver slow;
  const Lookup::Resolver resolver = slow.resolver();
  {
    Lookup gone(
        loop, [](const Lookup::Answer&) { FAIL("it is gone"); }, resolver);
    CHECK_FALSE(gone.find(url_of("tcp://slow.example:1")));
    slow.asked.get_future().wait();
  }
  std::optional<Lookup::Answer> answer;
  Lookup lookup(
      loop, [&](Lookup::Answer found) { answer = std::move(found); },
      [](const net::Url& url) { return net::resolve(url_of("tcp://192.0.2." + url.host.substr(1) + ":1")); });
  CHECK_FALSE(lookup.find(url_of("tcp://n1:1")));
  CHECK_FALSE(lookup.find(url_of("tcp://n2:1")));
  while (!answer) loop.wait();
  REQUIRE(*answer);
  CHECK((**answer).at(0).text() == "192.0.2.2:1");
  slow.go.set_value();
}
