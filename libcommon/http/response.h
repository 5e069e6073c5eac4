// The answer to a request (RFC 9110, RFC 9112).
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace http {

struct Response {
  unsigned status = 200;
  std::vector<Header> headers = {};
  std::string body = {};

  static Response text(unsigned status, std::string body);  // text/plain, with a line end
  static Response json(unsigned status, std::string body);  // application/json
};

// "Payload Too Large"; empty where the status is not known.
std::string_view reason_phrase(unsigned status);

// What an answer is sent to.
struct AnswerTo {
  bool head = false;  // HEAD: the body is not sent, its length is
  bool http_1_0 = false;
  bool keep_alive = true;
};

// Appends all of it to `out`, with Content-Length, Date, Server, and Connection where that is needed.
void render(std::string& out, const Response& response, const AnswerTo& request, std::string_view date);

// The same for a body that comes in pieces; nothing of `response.body` is sent. Its pieces are chunks, or for HTTP/1.0
// the bytes themselves, up to the end of the connection: then `keep_alive` has to be false.
void render_head(std::string& out, const Response& response, const AnswerTo& request, std::string_view date);

// A piece of a body as a chunk (RFC 9112, section 7.1); an empty piece is none.
void render_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
std::string http_date(std::time_t now);

// The client may send its body now (RFC 9110, section 15.2.1).
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace http
