#include "codec/logplex.h"

#include <charconv>
#include <optional>

#include "codec/structured_data.h"

namespace codec {
namespace {

constexpr std::size_t kMostLengthDigits = 10;

// Where the field behind MSGID starts; nothing where the text does not begin as RFC 5424 does, with "<PRI>1 ".
std::optional<std::size_t> behind_msgid(std::string_view text) {
  const std::size_t end = text.starts_with('<') ? text.find('>') : text.npos;
  if (end == text.npos || end == 1 || end > 4 || text.substr(end + 1, 2) != "1 ") return std::nullopt;
  if (text.substr(1, end - 1).find_first_not_of("0123456789") != text.npos) return std::nullopt;
  std::size_t at = end + 3;
  for (int field = 0; field < 5; ++field) {
    const std::size_t space = text.find(' ', at);
    if (space == text.npos) return std::nullopt;
    at = space + 1;
  }
  return at;
}

// Bytes of structured data at the start of `text`; 0: it is missing.
std::size_t length_of_structured_data(std::string_view text) {
  const auto ends_at = [text](std::size_t length) { return length == text.size() || text[length] == ' '; };
  if (text.starts_with('-')) return ends_at(1) ? 1 : 0;
  const std::size_t length = structured_data_length(text);
  if (length == 0 || !ends_at(length)) return 0;
  StructuredDataReader reader(text.substr(0, length));
  for (auto token = reader.next(); token == StructuredDataReader::Token::element;) {
    token = reader.next();
    if (token != StructuredDataReader::Token::param) return 0;
    while (token == StructuredDataReader::Token::param) token = reader.next();
  }
  return length;
}

void append_rfc5424(stream::Batch& out, std::string_view message) {
  const auto field = behind_msgid(message);
  if (!field || length_of_structured_data(message.substr(*field)) > 0) {
    out.append(message);
    return;
  }
  std::string complete(message.substr(0, *field));
  complete += "- ";
  complete += message.substr(*field);
  out.append(complete);
}

base::Result<std::string_view> take_frame(std::string_view& body) {
  const auto malformed = [](const std::string& why) {
    return base::fail(base::Kind::data, "read logplex frames", why);
  };
  const std::size_t digits = body.substr(0, kMostLengthDigits + 1).find(' ');
  std::size_t length = 0;
  if (digits == body.npos || digits == 0) return malformed("a frame does not begin with its length and a space");
  const char* end = body.data() + digits;
  if (const auto read = std::from_chars(body.data(), end, length); read.ec != std::errc() || read.ptr != end)
    return malformed("the length of a frame is no number");
  body.remove_prefix(digits + 1);
  if (length > body.size()) return malformed("the last frame is shorter than it says");
  const std::string_view message = body.substr(0, length);
  body.remove_prefix(length);
  return message;
}

}  // namespace

base::Result<void> parse_logplex(std::string_view body, stream::Batch& out) {
  while (!body.empty()) {
    std::string_view message = TRY(take_frame(body));
    if (message.ends_with('\n')) message.remove_suffix(1);
    append_rfc5424(out, message);
  }
  return {};
}

void append_logplex_frame(std::string& out, std::string_view message) {
  const auto field = behind_msgid(message);
  const std::size_t left_out = field ? length_of_structured_data(message.substr(*field)) : 0;
  const std::string_view front = message.substr(0, field.value_or(0));
  std::string_view rest = message.substr(front.size() + left_out);
  if (left_out > 0 && rest.starts_with(' ')) rest.remove_prefix(1);
  const std::string_view nil = left_out > 0 && length_of_structured_data(rest) > 0 ? "- " : "";
  out += std::to_string(front.size() + nil.size() + rest.size());
  out += ' ';
  out.append(front).append(nil).append(rest);
}

std::string logplex_time(base::WallTime time) {
  constexpr std::size_t kSeconds = std::string_view("2012-12-10T03:00:48").size();
  return base::format_time(time).substr(0, kSeconds) + "+00:00";
}

std::string logplex_overflow(std::uint64_t dropped, base::WallTime since, base::WallTime now) {
  return "<172>1 " + logplex_time(now) +
         " host heroku logplex - - Error L10 (output buffer overflow): " + std::to_string(dropped) +
         " messages dropped since " + logplex_time(since) + ".";
}

}  // namespace codec
