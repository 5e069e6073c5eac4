#include "codec/logd_reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <initializer_list>

#include "base/quote.h"

namespace codec {
namespace {

using base::Result;

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxDigits = 20;
constexpr std::size_t kShown = 24;
constexpr std::size_t kSpareBytes = 1 << 20;

auto malformed(const std::string& why, std::string_view bytes) {
  return base::fail(base::Kind::protocol, "read reply", why + ": " + base::quote(bytes, kShown));
}

// Digits and the space behind them. Nothing: they are not complete.
Result<std::optional<std::uint64_t>> take_number(std::string_view bytes, std::size_t& at) {
  const char* const first = bytes.data() + at;
  const char* const last = first + std::min(bytes.size() - at, kMaxDigits + 1);
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(first, last, value);
  if (error == std::errc::result_out_of_range) return malformed("a number is too large", bytes);
  if (stop == bytes.data() + bytes.size() && stop - first <= std::ptrdiff_t{kMaxDigits}) return std::nullopt;
  if (stop == first || stop == last || *stop != ' ') return malformed("a number and a space are missing", bytes);
  at = static_cast<std::size_t>(stop - bytes.data()) + 1;
  return value;
}

// In one piece: there are millions of them a second.
void append_message(std::string& out, std::initializer_list<std::uint64_t> numbers, std::string_view body) {
  std::array<char, 72> head;  // as much as a sign and three numbers can take
  char* at = head.data();
  *at++ = '+';
  for (const std::uint64_t number : numbers) {
    at = std::to_chars(at, head.data() + head.size(), number).ptr;
    *at++ = ' ';
  }
  const auto size = static_cast<std::size_t>(at - head.data());
  const std::size_t start = out.size();
  out.resize(start + size + body.size() + 2);
  char* const to = out.data() + start;
  std::memcpy(to, head.data(), size);
  if (!body.empty()) std::memcpy(to + size, body.data(), body.size());
  to[size + body.size()] = '\r';
  to[size + body.size() + 1] = '\n';
}

}  // namespace

Result<bool> LogdReplyReader::next(std::string_view& bytes, LogdReply& reply) {
  if (failed_) return tl::unexpected(*failed_);
  if (given_) {
    given_ = false;
    if (partial_.capacity() > kSpareBytes) std::string().swap(partial_);
    partial_.clear();
    needed_ = 0;
  }
  // What is held back grows by what it lacks only, so that the rest stays where it is and is not copied.
  while (!bytes.empty() || !partial_.empty()) {
    const bool held = !partial_.empty();
    if (held) {
      const std::size_t want = std::max(needed_, partial_.size() + 1) - partial_.size();
      const std::size_t some = std::min(want, bytes.size());
      partial_.append(bytes.substr(0, some));
      bytes.remove_prefix(some);
      if (partial_.size() < needed_ || some == 0) return false;
    }
    std::size_t size = 0;
    auto found = whole(held ? std::string_view(partial_) : bytes, size);
    if (!found) {
      failed_ = found.error();
      return tl::unexpected(*failed_);
    }
    if (*found) {
      reply = **found;
      given_ = held;
      if (!held) bytes.remove_prefix(size);
      return true;
    }
    needed_ = size;
    if (!held) {
      partial_.assign(bytes);
      bytes = {};
    }
  }
  return false;
}

// The reply at the front of `bytes`, which has `size` bytes. Nothing: it is not complete, and cannot be with less than
// `size`.
Result<std::optional<LogdReply>> LogdReplyReader::whole(std::string_view bytes, std::size_t& size) const {
  auto head = TRY(parse(bytes));
  if (!head) {
    size = bytes.size() + 1;
    return std::nullopt;
  }
  size = head->total();
  if (bytes.size() < size) return std::nullopt;
  if (head->has_body) {
    if (bytes.substr(size - 2, 2) != "\r\n") return malformed("no CRLF behind a body", bytes);
    head->reply.text = bytes.substr(head->size, head->length);
  }
  return head->reply;
}

Result<std::optional<LogdReplyReader::Head>> LogdReplyReader::parse(std::string_view bytes) const {
  const bool messages = bodies_ == Bodies::messages || bodies_ == Bodies::timed_messages;
  if (messages && bytes.starts_with('+') && !std::string_view("+EOF").starts_with(bytes.substr(0, 4)))
    return parse_message(bytes);
  if (bodies_ == Bodies::stats && bytes.starts_with("OK ")) return parse_stats(bytes);
  return parse_line(bytes);
}

Result<std::optional<LogdReplyReader::Head>> LogdReplyReader::parse_message(std::string_view bytes) const {
  Head head{.reply = {.kind = LogdReply::Kind::message}, .size = 1, .has_body = true};
  const auto id = TRY(take_number(bytes, head.size));
  if (!id) return std::nullopt;
  head.reply.id = *id;
  if (bodies_ == Bodies::timed_messages) {
    const auto time = TRY(take_number(bytes, head.size));
    if (!time) return std::nullopt;
    head.reply.time = *time;
  }
  const auto length = TRY(take_number(bytes, head.size));
  if (!length) return std::nullopt;
  if (*length > max_body_) return malformed("a message of more than " + std::to_string(max_body_) + " bytes", bytes);
  head.length = static_cast<std::size_t>(*length);
  return head;
}

Result<std::optional<LogdReplyReader::Head>> LogdReplyReader::parse_stats(std::string_view bytes) const {
  Head head{.reply = {.kind = LogdReply::Kind::ok}, .size = 3, .has_body = true};
  const auto length = TRY(take_number(bytes, head.size));
  if (!length) return std::nullopt;
  if (*length > max_body_) return malformed("statistics of more than " + std::to_string(max_body_) + " bytes", bytes);
  head.length = static_cast<std::size_t>(*length);
  return head;
}

Result<std::optional<LogdReplyReader::Head>> LogdReplyReader::parse_line(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kMaxLine).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= kMaxLine) return malformed("a line does not end", bytes);
    return std::nullopt;
  }
  const std::string_view line = bytes.substr(0, end);
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, space);
  Head head{.reply = {.text = line.substr(std::min(space + 1, line.size()))}, .size = end + 2};
  if (word == "OK" || line == "PONG") {
    head.reply.kind = LogdReply::Kind::ok;
  } else if (word == "ERR") {
    head.reply.kind = LogdReply::Kind::error;
  } else if (word == "ERR_CLIENT") {
    head.reply.kind = LogdReply::Kind::client_error;
  } else if (line == "+EOF") {
    head.reply.kind = LogdReply::Kind::end;
  } else {
    return malformed("it is none of logd's", bytes);
  }
  return head;
}

std::string_view logd_statistic(std::string_view body, std::string_view key) {
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find("\r\n"));
    body.remove_prefix(std::min(line.size() + 2, body.size()));
    if (line.starts_with(key) && line.substr(key.size()).starts_with(": ")) return line.substr(key.size() + 2);
  }
  return {};
}

void append_logd_message(std::string& out, std::uint64_t id, std::string_view body) {
  append_message(out, {id, body.size()}, body);
}

void append_logd_timed_message(std::string& out, std::uint64_t id, std::uint64_t time, std::string_view body) {
  append_message(out, {id, time, body.size()}, body);
}

}  // namespace codec
