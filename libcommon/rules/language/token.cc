#include "rules/language/token.h"

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "codec/scan.h"
#include "codec/where_node.h"

namespace rules::language {
namespace {

// Longer ones before those that they begin with.
constexpr std::array<std::string_view, 21> kSymbols = {":=", "+=", "-=", "==", "!=", "<=", ">=", "~*", "=~", "!~", "~",
                                                       "<",  ">",  "=",  "+",  "(",  ")",  "{",  "}",  ",",  ";"};

bool starts_name(char c) {
  return (codec::is(c, codec::kAlphanumeric) && !codec::is(c, codec::kDigit)) || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) {
  return starts_name(c) || codec::is(c, codec::kDigit) || c == '.';
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char after = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    const bool escapes = after == '\\' || after == 'n' || after == 't';
    if (escapes) ++i;
    plain += !escapes ? text[i] : after == 'n' ? '\n' : after == 't' ? '\t' : '\\';
  }
  return plain;
}

tl::unexpected<base::Error> Lexer::refuse(Place place, const std::string& why) const {
  return base::fail(
      base::Kind::config,
      "rules " + std::string(name_) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column), why);
}

std::string Lexer::excerpt(std::size_t from, std::size_t to) const {
  constexpr std::size_t kMost = 70;
  std::string text;
  for (const char c : text_.substr(from, to - from)) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space)
      text += c;
    else if (!text.empty() && text.back() != ' ')
      text += ' ';
  }
  while (text.ends_with(' ')) text.pop_back();
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && continues_character(text[end])) --end;
  return text.substr(0, end) + "...";
}

char Lexer::peek(std::size_t ahead) const {
  return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
}

void Lexer::advance(std::size_t bytes) {
  for (; bytes > 0 && at_ < text_.size(); --bytes, ++at_) {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if (!continues_character(text_[at_])) {
      ++place_.column;
    }
  }
}

void Lexer::skip_spaces() {
  for (;; advance()) {
    if (peek() == '#') advance(std::min(text_.find('\n', at_), text_.size()) - at_);
    if (at_ == text_.size() || std::string_view(" \t\r\n").find(text_[at_]) == std::string_view::npos) return;
  }
}

base::Result<Token> Lexer::next() {
  skip_spaces();
  Token token{.place = place_, .at = at_, .end = at_};
  if (at_ == text_.size()) return token;
  const char c = peek();
  if (starts_name(c))
    take_name(token);
  else if (codec::is(c, codec::kDigit) || (c == '-' && codec::is(peek(1), codec::kDigit)))
    TRY(take_number(token));
  else if (c == '"')
    TRY(take_text(token));
  else if (c == '[')
    TRY(take_field(token));
  else
    TRY(take_symbol(token));
  token.end = at_;
  return token;
}

void Lexer::take_name(Token& token) {
  token.kind = Token::Kind::name;
  std::size_t length = 0;
  while (continues_name(peek(length))) ++length;
  if (text_.substr(at_, length) == "structured_data" && peek(length) == '[') {
    while (peek(length) != ']' && static_cast<unsigned char>(peek(length)) > ' ') ++length;
    if (peek(length) == ']') ++length;
    while (continues_name(peek(length)) || peek(length) == '-') ++length;
  }
  token.text = text_.substr(at_, length);
  advance(length);
}

base::Result<void> Lexer::take_number(Token& token) {
  token.kind = Token::Kind::number;
  std::size_t length = 1;
  while (continues_name(peek(length)) || peek(length) == ':' || peek(length) == '/') ++length;
  while (peek(length - 1) == ':') --length;
  token.text = text_.substr(at_, length);
  if (!codec::is_number(token.text))
    return refuse(place_, base::quote(token.text) + " is no number; expected a number, or text in quotes");
  advance(length);
  return {};
}

base::Result<void> Lexer::take_text(Token& token) {
  token.kind = Token::Kind::text;
  std::size_t length = 1;
  for (; at_ + length < text_.size() && peek(length) != '"' && peek(length) != '\n'; ++length) {
    const bool escapes = peek(length) == '\\' && at_ + length + 1 < text_.size() && peek(length + 1) != '\n';
    if (escapes && peek(length + 1) != '"') token.text += '\\';
    if (escapes) ++length;
    token.text += peek(length);
  }
  if (peek(length) != '"') return refuse(place_, "expected a quote at the end of the text, on the same line");
  advance(length + 1);
  return {};
}

base::Result<void> Lexer::take_field(Token& token) {
  const std::size_t line_end = std::min(text_.find('\n', at_), text_.size());
  int depth = 0;
  std::size_t end = at_;
  for (; end < line_end; ++end) {
    if (text_[end] == '[') ++depth;
    if (text_[end] == ']' && --depth == 0) break;
  }
  if (end == line_end) return refuse(place_, "expected ] after the name of the field, on the same line");
  std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  const bool quoted = name.size() >= 2 && name.starts_with('"') && name.ends_with('"');
  token.kind = quoted ? Token::Kind::open_field : Token::Kind::field;
  token.text = quoted ? name.substr(1, name.size() - 2) : name;
  advance(end + 1 - at_);
  return {};
}

base::Result<void> Lexer::take_symbol(Token& token) {
  const auto* const symbol = std::ranges::find_if(
      kSymbols, [this](std::string_view candidate) { return text_.substr(at_, candidate.size()) == candidate; });
  if (symbol == kSymbols.end())
    return refuse(place_, "expected a name, a text in quotes or an operator, not " + base::quote(text_.substr(at_, 1)));
  token.kind = Token::Kind::symbol;
  token.text = *symbol;
  advance(symbol->size());
  return {};
}

}  // namespace rules::language
