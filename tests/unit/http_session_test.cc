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

namespace {

std::string streamed(const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nDate: D\r\nServer: logpipe\r\n" + more + "\r\n";
}

}  // namespace

TEST_CASE("http session: a body in pieces goes out as chunks, as the pieces come") {
  Client client;
  client.say(get("/"));
  CHECK(client.session.begin(client.arrived.at(0).number, {}, kDate));
  CHECK(client.output() == streamed("Transfer-Encoding: chunked\r\n"));
  client.session.add(1, "first piece, of twenty-six");
  CHECK(client.output() == "1a\r\nfirst piece, of twenty-six\r\n");
  client.session.add(1, "");
  CHECK(client.output().empty());
  client.session.end(1);
  CHECK(client.output() == "0\r\n\r\n");
  CHECK(client.session.unanswered() == 0);
}

TEST_CASE("http session: a body in pieces waits for the answers before it, and those after it wait for its end") {
  Client client;
  client.say(get("/1") + get("/2") + get("/3"));
  CHECK(client.session.begin(2, {}, kDate));
  CHECK_FALSE(client.session.streaming());
  client.answer(2, "c");
  CHECK(client.output().empty());
  client.answer(0, "a");
  CHECK(client.session.streaming() == 2);
  CHECK(client.output() == ok("a") + streamed("Transfer-Encoding: chunked\r\n"));
  client.session.end(2);
  CHECK(client.output() == "0\r\n\r\n" + ok("c"));
}

TEST_CASE("http session: a client of HTTP/1.0 gets a body in pieces up to the end of the connection") {
  Client client;
  const std::string request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  client.say(request + request);
  CHECK(client.session.begin(1, {}, kDate));
  client.session.add(1, "a");
  CHECK(client.output() == streamed("Connection: close\r\n") + "a");
  CHECK_FALSE(client.session.finished());
  client.session.end(1);
  CHECK(client.output().empty());
  CHECK(client.session.finished());
  CHECK_FALSE(client.session.answer(2, {}, kDate));
}

TEST_CASE("http session: HEAD gets the head alone of an answer in pieces") {
  Client client;
  client.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.session.begin(1, {}, kDate));
  CHECK(client.output() == streamed("Transfer-Encoding: chunked\r\n"));
  CHECK_FALSE(client.session.streams(1));
  CHECK(client.session.unanswered() == 0);
}

TEST_CASE("http session: an answer is begun once") {
  Client client;
  client.say(get("/1"));
  CHECK(client.session.begin(1, {}, kDate));
  CHECK_FALSE(client.session.begin(1, {}, kDate));
  CHECK_FALSE(client.session.answer(1, {}, kDate));
}
