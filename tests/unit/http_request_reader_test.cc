#include "http/request_reader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "compressed.h"

using http::RequestReader;
using Stage = RequestReader::Stage;
using unit::gzip, unit::zstd;

namespace {

struct Outcome {
  std::vector<http::Request> requests;
  unsigned refused = 0;  // the status; 0: not
  std::string reason;
  std::size_t unread = 0;

  bool operator==(const Outcome& other) const {
    return requests.size() == other.requests.size() && refused == other.refused && reason == other.reason;
  }
};

// Reads all of `bytes`, which come in pieces of that size.
Outcome read_all(std::string_view bytes, std::size_t piece, http::RequestLimits limits = {}) {
  RequestReader reader(limits);
  Outcome outcome;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    std::string_view input = bytes.substr(0, piece);
    do {
      const auto stage = reader.read(input);
      if (!stage) {
        outcome.refused = stage.error().status;
        outcome.reason = stage.error().reason;
        return outcome;
      }
      if (*stage == Stage::body && reader.stage() == Stage::body && input.empty()) (void)reader.read(input);
      if (reader.stage() == Stage::complete) outcome.requests.push_back(reader.take());
    } while (!input.empty());
  }
  outcome.unread = reader.held();
  return outcome;
}

Outcome read(std::string_view bytes, http::RequestLimits limits = {}) {
  Outcome whole = read_all(bytes, bytes.size(), limits);
  CHECK(read_all(bytes, 1, limits) == whole);
  CHECK(read_all(bytes, 7, limits) == whole);
  return whole;
}

std::string body_of(std::string_view bytes) {
  const Outcome outcome = read(bytes);
  REQUIRE(outcome.requests.size() == 1);
  return outcome.requests.front().body;
}

// Of headers after "POST / HTTP/1.1" and one Host, and what follows them.
unsigned refusal_of(const std::string& headers, const std::string& body = "") {
  return read("POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body).refused;
}

std::string with_body(const std::string& coding, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: " + coding +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("http request: a body by its length") {
  const auto outcome = read("POST /logs?a=1%202&b HTTP/1.1\r\nHost: x\r\nCONTENT-length: 5\r\n\r\nhello");
  REQUIRE(outcome.requests.size() == 1);
  const auto& request = outcome.requests.front();
  CHECK(request.method == "POST");
  CHECK(request.path() == "/logs");
  CHECK(request.parameter("a") == "1 2");
  CHECK(request.parameter("b") == "");
  CHECK_FALSE(request.parameter("c").has_value());
  CHECK(request.body == "hello");
  CHECK(request.keep_alive);
}

TEST_CASE("http request: chunks, with extensions and trailers that change nothing") {
  const auto outcome = read(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "5;name=value\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nAuthorization: Basic eDp5\r\n\r\n");
  REQUIRE(outcome.requests.size() == 1);
  CHECK(outcome.requests.front().body == "hello world");
  CHECK_FALSE(outcome.requests.front().header("authorization").has_value());
}

TEST_CASE("http request: several one after the other") {
  const auto outcome = read(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "PUT /3 HTTP/1.0\r\nContent-Length: 2\r\n\r\nxy"
      "GET http://host:80/4?q HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  REQUIRE(outcome.requests.size() == 4);
  CHECK(outcome.requests[1].body == "abc");
  CHECK(outcome.requests[2].body == "xy");
  CHECK_FALSE(outcome.requests[2].keep_alive);
  CHECK(outcome.requests[3].path() == "/4");
  CHECK(outcome.requests[3].query() == "q");
  CHECK_FALSE(outcome.requests[3].keep_alive);
}

TEST_CASE("http request: content codings are undone") {
  const std::string text(100'000, 'a');
  for (const auto& [coding, window] : {std::pair{"gzip", unit::kGzip},
                                       {"x-gzip", unit::kGzip},
                                       {"deflate", unit::kZlib},
                                       {"deflate", unit::kBareDeflate}}) {
    const auto outcome = read(with_body(coding, unit::deflated(text, window)));
    REQUIRE(outcome.requests.size() == 1);
    CHECK(outcome.requests.front().body == text);
  }
  CHECK(read(with_body("br", "x")).refused == 415);
  CHECK(read(with_body("gzip, gzip", "x")).refused == 415);
  CHECK(read(with_body("gzip", "no gzip")).refused == 400);
  const std::string cut = gzip(text);
  CHECK(read(with_body("gzip", cut.substr(0, cut.size() - 3))).refused == 400);
}

TEST_CASE("http request: a compressed body that was cut off is refused, also when nothing of it could be read") {
  const std::string text = "a message";
  for (const auto& [coding, whole] :
       {std::pair{"gzip", gzip(text)}, {"deflate", unit::deflated(text, unit::kZlib)}, {"zstd", zstd(text)}}) {
    for (std::size_t size = 1; size < whole.size(); ++size)
      CHECK(read(with_body(coding, whole.substr(0, size))).refused == 400);
    CHECK(body_of(with_body(coding, whole)) == text);
    CHECK(read(with_body(coding, "")).requests.size() == 1);
  }
}

TEST_CASE("http request: all of a body comes out, however far its last bytes reach") {
  for (const std::size_t size : {262'143, 262'145, 300'001, 393'217, 1'000'003}) {
    std::string text(size, 'a');
    text[size / 2] = 'b';
    CHECK(body_of(with_body("gzip", gzip(text))) == text);
    CHECK(body_of(with_body("deflate", unit::deflated(text, unit::kBareDeflate))) == text);
    CHECK(body_of(with_body("zstd", zstd(text))) == text);
  }
}

TEST_CASE("http request: zstd has a window of 8 MiB at most") {
  CHECK(body_of(with_body("zstd", unit::zstd_with_window("text", 23))) == "text");
  CHECK(read(with_body("zstd", unit::zstd_with_window("text", 24))).refused == 400);
}

TEST_CASE("http request: a bomb is stopped when it has become too long") {
  const http::RequestLimits limits{.body = 1 << 20};
  CHECK(read(with_body("gzip", gzip(std::string(1 << 20, '\0'))), limits).requests.size() == 1);
  CHECK(read(with_body("gzip", gzip(std::string((1 << 20) + 1, '\0'))), limits).refused == 413);
}

TEST_CASE("http request: limits have statuses of their own") {
  const http::RequestLimits limits{.head = 100, .body = 10};
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  CHECK(read(start + "X: " + std::string(100 - start.size() - 7, 'x') + "\r\n\r\n", limits).requests.size() == 1);
  CHECK(read(start + "X: " + std::string(100 - start.size() - 6, 'x') + "\r\n\r\n", limits).refused == 431);
  CHECK(read("GET /" + std::string(200, 'x'), limits).refused == 431);
  CHECK(read(start + "Content-Length: 10\r\n\r\n0123456789", limits).requests.size() == 1);
  CHECK(read(start + "Content-Length: 11\r\n\r\n", limits).refused == 413);
  CHECK(read(start + "Content-Length: 99999999999999999999999\r\n\r\n", limits).refused == 400);
  CHECK(read(start + "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n01234\r\n0\r\n\r\n", limits).refused ==
        413);
  CHECK(read(start + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'e') + "\r\n", limits).refused == 400);
  CHECK(read("GET / HTTP/2.0\r\nHost: a\r\n\r\n").refused == 505);
  CHECK(refusal_of("Expect: a-pony\r\n") == 417);
}

TEST_CASE("http request: what could be read in two ways is refused") {
  // Framing of the body.
  CHECK(refusal_of("Content-Length: 1\r\nContent-Length: 1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length: 1\r\nContent-Length: 2\r\n", "xy") == 400);
  CHECK(refusal_of("Content-Length: 1, 1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length: +1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length: -1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length: 0x1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length: 1 1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length: 1;\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length:\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length : 1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length\t: 1\r\n", "x") == 400);
  CHECK(refusal_of("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") == 400);
  CHECK(refusal_of("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n") == 400);
  CHECK(refusal_of("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") == 400);
  CHECK(refusal_of("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n") == 501);
  CHECK(refusal_of("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n") == 501);
  CHECK(refusal_of("Transfer-Encoding: identity\r\n", "x") == 501);
  CHECK(refusal_of("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n") == 501);
  CHECK(refusal_of("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n") == 501);
  CHECK(refusal_of("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n") == 501);
  CHECK(refusal_of("Transfer-Encoding: chunked;x=1\r\n", "0\r\n\r\n") == 501);
  CHECK(refusal_of("Transfer-Encoding: \x0b"
                   "chunked\r\n",
                   "0\r\n\r\n") == 400);
  CHECK(refusal_of("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n") == 400);
  CHECK(refusal_of("Transfer-Encoding\r\n : chunked\r\n", "0\r\n\r\n") == 400);
  CHECK(refusal_of("Transfer Encoding: chunked\r\n", "0\r\n\r\n") == 400);
  CHECK(read("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").refused == 400);

  // Chunks.
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK(refusal_of(chunked, "g\r\nx\r\n0\r\n\r\n") == 400);
  CHECK(refusal_of(chunked, "-1\r\nx\r\n0\r\n\r\n") == 400);
  CHECK(refusal_of(chunked, "0x1\r\nx\r\n0\r\n\r\n") == 400);
  CHECK(refusal_of(chunked, "1\nx\n0\n\n\r\n\r\n") == 400);
  CHECK(refusal_of(chunked, "1\r\nxy\r\n0\r\n\r\n") == 400);
  CHECK(refusal_of(chunked, "1\r\nx0\r\n\r\n") == 400);
  CHECK(refusal_of(chunked, "10000000000000000\r\nx\r\n0\r\n\r\n") == 400);
  CHECK(refusal_of(chunked, " 1\r\nx\r\n0\r\n\r\n") == 400);

  // Lines and headers.
  CHECK(read("GET / HTTP/1.1\nHost: a\n\n").refused == 400);
  CHECK(read("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n").refused == 400);
  CHECK(read("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n").refused == 400);
  CHECK(refusal_of("X: a\r\n b\r\n") == 400);
  CHECK(refusal_of("X: a\r\n\tb\r\n") == 400);
  CHECK(refusal_of(": empty\r\n") == 400);
  CHECK(refusal_of("no colon\r\n") == 400);
  CHECK(refusal_of(std::string("X: a\0b\r\n", 8)) == 400);
  CHECK(refusal_of(std::string("X\0: b\r\n", 7)) == 400);
  CHECK(refusal_of("X: a\x7f\r\n") == 400);
  CHECK(read("GET / HTTP/1.1\r\n Host: a\r\n\r\n").refused == 400);
  CHECK(read("GET / HTTP/1.1\r\n\r\n").refused == 400);
  CHECK(refusal_of("Host: b\r\n") == 400);

  // Request lines.
  CHECK(read("GET  / HTTP/1.1\r\nHost: a\r\n\r\n").refused == 400);
  CHECK(read("GET / a HTTP/1.1\r\nHost: a\r\n\r\n").refused == 505);
  CHECK(read("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n").refused == 400);
  CHECK(read("GET /\r\nHost: a\r\n\r\n").refused == 400);
  CHECK(read("G\x80T / HTTP/1.1\r\nHost: a\r\n\r\n").refused == 400);
  CHECK(read("GET / HTTP/01.1\r\nHost: a\r\n\r\n").refused == 505);
  CHECK(read("GET / http/1.1\r\nHost: a\r\n\r\n").refused == 505);
  CHECK(read(std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28)).refused == 400);
  CHECK(read("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").refused == 400);
  CHECK(read("\x16\x03\x01\x02 TLS\r\n\r\n").refused == 400);
}

TEST_CASE("http request: 100-continue is expected until a byte of the body has come") {
  RequestReader reader({});
  std::string_view head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  REQUIRE(reader.read(head).value() == Stage::body);
  CHECK(reader.expects_continue());
  std::string_view body = "x";
  REQUIRE(reader.read(body).value() == Stage::body);
  CHECK_FALSE(reader.expects_continue());
}

TEST_CASE("http request: escapes") {
  CHECK(http::unescape("a%2Fb+c", true) == "a/b c");
  CHECK(http::unescape("a%2fb+c", false) == "a/b+c");
  CHECK_FALSE(http::unescape("%2", true).has_value());
  CHECK_FALSE(http::unescape("%zz", true).has_value());
}
