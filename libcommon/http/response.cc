#include "http/response.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace http {
namespace {

constexpr std::array<std::pair<unsigned, std::string_view>, 28> kPhrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

Response with_type(unsigned status, std::string body, std::string type) {
  Response response{.status = status, .body = std::move(body)};
  response.headers.push_back({"Content-Type", std::move(type)});
  return response;
}

void append_status(std::string& out, const Response& response, std::string_view date) {
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  append_header(out, "Date", date);
  append_header(out, "Server", "logpipe");
  for (const Header& header : response.headers) append_header(out, header.name, header.value);
}

void end_head(std::string& out, const AnswerTo& request) {
  if (!request.keep_alive) append_header(out, "Connection", "close");
  if (request.keep_alive && request.http_1_0) append_header(out, "Connection", "keep-alive");
  out += "\r\n";
}

}  // namespace

Response Response::text(unsigned status, std::string body) {
  return with_type(status, std::move(body) + "\n", "text/plain; charset=utf-8");
}

Response Response::json(unsigned status, std::string body) {
  return with_type(status, std::move(body), "application/json");
}

std::string_view reason_phrase(unsigned status) {
  const auto found = std::ranges::find(kPhrases, status, &std::pair<unsigned, std::string_view>::first);
  return found == kPhrases.end() ? std::string_view() : found->second;
}

void render(std::string& out, const Response& response, const AnswerTo& request, std::string_view date) {
  append_status(out, response, date);
  // 204 and 304 have no body and say no length (RFC 9110, section 8.6).
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) append_header(out, "Content-Length", std::to_string(response.body.size()));
  end_head(out, request);
  if (has_body && !request.head) out += response.body;
}

void render_head(std::string& out, const Response& response, const AnswerTo& request, std::string_view date) {
  append_status(out, response, date);
  if (!request.http_1_0) append_header(out, "Transfer-Encoding", "chunked");
  end_head(out, request);
}

void render_chunk(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  out.append(digits.data(), end);
  out += "\r\n";
  out += piece;
  out += "\r\n";
}

std::string http_date(std::time_t now) {
  // Names in English, whatever the locale.
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm time{};
  ::gmtime_r(&now, &time);
  std::array<char, 32> numbers{};
  std::string date = kDays.at(static_cast<std::size_t>(time.tm_wday));
  date.append(numbers.data(), std::strftime(numbers.data(), numbers.size(), ", %d ", &time));
  date += kMonths.at(static_cast<std::size_t>(time.tm_mon));
  date.append(numbers.data(), std::strftime(numbers.data(), numbers.size(), " %Y %H:%M:%S GMT", &time));
  return date;
}

}  // namespace http
