// Who may use a server: names and their tokens, from a file with "NAME TOKEN" on each line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace http {

class Tokens {
 public:
  // Empty lines, and lines that begin with "#", are left out. Kind::config where another line has not two words, a name
  // or a token stands twice, or there is none; a message never shows a token.
  static base::Result<Tokens> parse(std::string_view text, const std::string& file);
  static base::Result<Tokens> read(const std::string& file);

  // The name that belongs to the request's token; nothing: it has none, or an unknown one. How long this takes does not
  // tell how much of a token is right. Valid as long as this.
  [[nodiscard]] std::optional<std::string_view> name_of(const Request& request) const;

 private:
  struct Entry {
    std::string name;
    std::string token;
  };

  std::vector<Entry> entries_;
};

// The next word of a line, between blanks; empty: there is none. For files such as this one.
std::string_view take_word(std::string_view& line);

// Every byte is compared, whichever is the first that differs.
bool same_secret(std::string_view a, std::string_view b);

// User and password of "Authorization: Basic"; nothing: that is not what the request has.
struct Login {
  std::string user;
  std::string password;
};
std::optional<Login> login_of(const Request& request);

// What a request shows in its header Authorization: the password of "Basic", or its user where the password is empty;
// what follows "Bearer" or "Splunk".
std::optional<std::string> token_of(const Request& request);

}  // namespace http
