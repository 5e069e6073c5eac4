#include "http/response.h"

#include <doctest/doctest.h>

namespace {

std::string rendered(const http::Response& response, const http::AnswerTo& request) {
  std::string out;
  http::render(out, response, request, "Sun, 06 Nov 1994 08:49:37 GMT");
  return out;
}

constexpr std::string_view kDate = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: logpipe\r\n";

}  // namespace

TEST_CASE("http response: a text with its length") {
  CHECK(rendered(http::Response::text(503, "full"), {}) ==
        "HTTP/1.1 503 Service Unavailable\r\n" + std::string(kDate) +
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nfull\n");
}

TEST_CASE("http response: 204 has neither body nor length, and HEAD gets the length alone") {
  CHECK(rendered({.status = 204}, {.keep_alive = false}) ==
        "HTTP/1.1 204 No Content\r\n" + std::string(kDate) + "Connection: close\r\n\r\n");
  CHECK(rendered({.status = 200, .body = "abc"}, {.head = true, .http_1_0 = true}) ==
        "HTTP/1.1 200 OK\r\n" + std::string(kDate) + "Content-Length: 3\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("http response: the date of RFC 9110") {
  CHECK(http::http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
