#include "http/session.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using http::Response;
using Event = http::Session::Event;

namespace {

constexpr std::string_view kDate = "D";

std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

std::string put(const std::string& body, const std::string& more = "") {
  return "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

struct Client {
  http::Session session{{}};
  std::vector<http::Session::Arrived> arrived;

  // Takes every request.
  Event say(std::string_view bytes) {
    for (;;) {
      const Event event = session.feed(bytes, kDate);
      if (event == Event::head) {
        session.read_body();
      } else if (event == Event::request) {
        arrived.push_back(session.take());
      } else {
        return event;
      }
    }
  }
  void answer(std::size_t index, const std::string& text) {
    session.answer(arrived.at(index).number, {.status = 200, .body = text}, kDate);
  }
  std::string output() {
    std::string output(session.output());
    session.sent(output.size());
    return output;
  }
};

std::string ok(const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nDate: D\r\nServer: logpipe\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         more + "\r\n" + body;
}

}  // namespace

TEST_CASE("http session: answers go out in the order of the requests") {
  Client client;
  CHECK(client.say(get("/1") + put("body") + get("/3")) == Event::more);
  REQUIRE(client.arrived.size() == 3);
  CHECK(client.arrived[1].request.body == "body");
  client.answer(2, "c");
  client.answer(1, "b");
  CHECK(client.output().empty());
  CHECK(client.session.unanswered() == 3);
  client.answer(0, "a");
  CHECK(client.output() == ok("a") + ok("b") + ok("c"));
  CHECK(client.session.unanswered() == 0);
}

TEST_CASE("http session: a client that asks for it gets 100 Continue before its body") {
  Client client;
  const std::string request = put("x", "Expect: 100-continue\r\n");
  client.say(request.substr(0, request.size() - 1));
  CHECK(client.output() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("x");
  CHECK(client.arrived.size() == 1);
  CHECK(client.output().empty());
}

TEST_CASE("http session: a request may be refused before its body has come") {
  Client client;
  std::string_view head = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  REQUIRE(client.session.feed(head, kDate) == Event::head);
  client.session.refuse({.status = 401}, kDate);
  CHECK(client.output() ==
        "HTTP/1.1 401 Unauthorized\r\nDate: D\r\nServer: logpipe\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  CHECK(client.session.finished());
  CHECK(client.say("hello") == Event::closing);
}

TEST_CASE("http session: the connection ends after a request that says so, when all have their answers") {
  Client client;
  CHECK(client.say(get("/1") + get("/2", "Connection: close\r\n") + get("/3")) == Event::closing);
  REQUIRE(client.arrived.size() == 2);
  client.answer(1, "b");
  CHECK_FALSE(client.session.finished());
  client.answer(0, "a");
  CHECK(client.output() == ok("a") + ok("b", "Connection: close\r\n"));
  CHECK(client.session.finished());
}

TEST_CASE("http session: bytes that are no request are answered behind those that were") {
  Client client;
  CHECK(client.say(get("/1") + "nonsense\r\n\r\n") == Event::refused);
  CHECK(client.session.refusal().status == 400);
  CHECK(client.output().empty());
  client.answer(0, "a");
  CHECK(client.output().starts_with(ok("a") + "HTTP/1.1 400 Bad Request\r\n"));
  CHECK(client.session.finished());
}

TEST_CASE("http session: who is in the middle of a request hears when the server gives up") {
  Client client;
  client.say("GET / HT");
  CHECK(client.session.in_request());
  client.session.give_up_request(Response::text(408, "too slow"), kDate);
  CHECK(client.output().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  Client idle;
  idle.session.give_up_request(Response::text(408, "too slow"), kDate);
  CHECK(idle.output().empty());
  CHECK(idle.session.finished());
}

TEST_CASE("http session: HEAD gets no body") {
  Client client;
  client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.answer(0, "abc");
  CHECK(client.output() == "HTTP/1.1 200 OK\r\nDate: D\r\nServer: logpipe\r\nContent-Length: 3\r\n\r\n");
}
