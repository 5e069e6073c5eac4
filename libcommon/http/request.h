// One HTTP/1.1 request (RFC 9110, RFC 9112).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct Header {
  std::string name;  // as it was sent; names are compared in any case
  std::string value;
};

// The same letters, in any case (RFC 9110, section 5.1).
bool same_word(std::string_view a, std::string_view b);

// The first header of that name.
std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name);

// A URL's escapes undone: "%2F" is "/". In a query "+" is a space. Nothing where an escape is none, or hides a NUL.
std::optional<std::string> unescape(std::string_view text, bool plus_is_space);

struct Request {
  std::string method = {};  // "POST"
  std::string target = {};  // "/logs?source=web", or a whole URL (RFC 9112, section 3.2)
  bool http_1_0 = false;
  bool keep_alive = true;  // the client wants the connection to stay open
  std::vector<Header> headers = {};
  std::string body = {};  // without its Content-Encoding

  [[nodiscard]] std::string_view path() const;                                      // "/logs", escapes and all
  [[nodiscard]] std::string_view query() const;                                     // "source=web"
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;  // of the query
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    return find_header(headers, name);
  }
  // "application/json", in lower case and without parameters; empty: not said.
  [[nodiscard]] std::string content_type() const;
};

}  // namespace http
