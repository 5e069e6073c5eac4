// The words of the rules language (logpipe-rules(5)), one after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rules::language {

// Both from 1 on; columns count characters of UTF-8.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct Token {
  enum class Kind {
    name,        // if, appname, user.name, structured_data[ID].NAME
    field,       // [user-agent]: what stands between the brackets
    open_field,  // ["source"]: the same, and it is no alias
    text,        // "words": \" is a quote here already, and every other backslash still there
    number,      // -12.5
    symbol,
    end,
  };
  Kind kind = Kind::end;
  std::string text{};
  Place place{};
  std::size_t at = 0;   // in bytes, where it begins
  std::size_t end = 0;  // and where it ends
};

// What a text in quotes says: \\ is a backslash, \n the end of a line, \t a tab; any other backslash stays.
std::string unescaped(std::string_view text);

class Lexer {
 public:
  // `name` of the source is for errors. Both must outlive this.
  Lexer(std::string_view name, std::string_view text) : name_(name), text_(text) {}

  base::Result<Token> next();

  // "rules NAME:LINE:COLUMN: why", Kind::config.
  [[nodiscard]] tl::unexpected<base::Error> refuse(Place place, const std::string& why) const;

  // What stands between two bytes, on one line; shortened where it is long. For people.
  [[nodiscard]] std::string excerpt(std::size_t from, std::size_t to) const;

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const;
  void advance(std::size_t bytes = 1);
  void skip_spaces();
  void take_name(Token& token);
  base::Result<void> take_number(Token& token);
  base::Result<void> take_text(Token& token);
  base::Result<void> take_field(Token& token);
  base::Result<void> take_symbol(Token& token);

  std::string_view name_;
  std::string_view text_;
  std::size_t at_ = 0;
  Place place_;
};

}  // namespace rules::language
