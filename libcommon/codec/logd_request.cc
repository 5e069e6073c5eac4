#include "codec/logd_request.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/quote.h"

namespace codec {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kMaxName = 32;
constexpr std::size_t kMaxLength = 10;
constexpr std::size_t kReadSize = 64 << 10;
constexpr std::size_t kShownOfRequest = 24;     // bytes of a damaged request that a message quotes
constexpr std::size_t kSpareRequest = 1 << 20;  // what one long request needed beyond this is given back
constexpr std::size_t kSparePlaces = 1024;

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

auto malformed_request(const std::string& why, std::string_view bytes) {
  return base::fail(Kind::protocol, "read request", why + ": " + base::quote(bytes, kShownOfRequest));
}

// An assignment would keep the memory.
void free_memory(std::string& bytes) {
  bytes.clear();
  bytes.shrink_to_fit();
}

}  // namespace

std::span<char> LogdRequestReader::room() {
  if (given_) forget_request();
  if (start_ == filled_) {
    start_ = at_ = filled_ = 0;
    if (bytes_.size() > kSpareRequest) free_memory(bytes_);
  }
  if (bytes_.size() - filled_ < kReadSize && start_ > 0) {
    bytes_.erase(0, start_);
    for (Place& place : places_) place.at -= start_;
    if (name_) name_->at -= start_;
    filled_ -= start_;
    at_ -= start_;
    start_ = 0;
  }
  // Doubled, so that a long request is not copied once per read.
  if (bytes_.size() - filled_ < kReadSize) bytes_.resize(std::max(filled_ + kReadSize, bytes_.size() * 2));
  return std::span<char>(bytes_).subspan(filled_);
}

void LogdRequestReader::release() {
  if (given_) forget_request();
  if (pending() > 0) return;
  free_memory(bytes_);
  start_ = at_ = filled_ = 0;
}

Result<bool> LogdRequestReader::next(LogdRequest& request) {
  if (failed_) return tl::unexpected(*failed_);
  if (given_) forget_request();
  const auto step = [this]() -> Result<bool> {
    if (!name_ && !TRY(take_head())) return false;
    while (places_.size() < expected_)
      if (!TRY(take_argument())) return false;
    return true;
  };
  auto whole = step();
  if (!whole) failed_ = whole.error();
  if (!whole || !*whole) return whole;
  arguments_.clear();
  for (const Place& place : places_) arguments_.push_back(text(place));
  request = {.name = text(*name_), .arguments = arguments_};
  given_ = true;
  return true;
}

void LogdRequestReader::forget_request() {
  given_ = false;
  start_ = at_;
  name_.reset();
  if (places_.capacity() > kSparePlaces) {
    places_ = std::vector<Place>();
    arguments_ = std::vector<std::string_view>();
  }
  places_.clear();
  expected_ = 0;
}

// NAME SP COUNT CRLF
Result<bool> LogdRequestReader::take_head() {
  const std::string_view rest = std::string_view(bytes_).substr(at_, filled_ - at_);
  const std::size_t space = rest.substr(0, kMaxName + 1).find(' ');
  const std::string_view name = rest.substr(0, std::min(space, kMaxName + 1));
  if (!name.empty() && !is_name(name)) return malformed_request("its name is not of capital letters", rest);
  if (space == 0 || (space == std::string_view::npos && rest.size() > kMaxName))
    return malformed_request("it has no name", rest);
  if (space == std::string_view::npos) return false;
  std::size_t at = at_ + space + 1;
  std::size_t count = 0;
  if (!TRY(take_length(at, limits_.arguments, '\r', count))) return false;
  --at;  // its CR belongs to the line's end
  if (!TRY(take_line_end(at))) return false;
  name_ = Place{.at = at_, .length = space};
  expected_ = count;
  at_ = at;
  return true;
}

// LENGTH SP BYTES CRLF
Result<bool> LogdRequestReader::take_argument() {
  std::size_t at = at_;
  std::size_t length = 0;
  if (!TRY(take_length(at, limits_.argument, ' ', length))) return false;
  if (at + length - start_ > limits_.request)
    return base::fail(Kind::data, "read request",
                      "it is longer than " + std::to_string(limits_.request) + " bytes; send fewer messages at once");
  const Place place{.at = at, .length = length};
  if (filled_ - at < length) return false;
  at += length;
  if (!TRY(take_line_end(at))) return false;
  places_.push_back(place);
  at_ = at;
  return true;
}

// Digits and the byte behind them.
Result<bool> LogdRequestReader::take_length(std::size_t& at, std::size_t most, char end, std::size_t& value) const {
  const std::string_view rest = std::string_view(bytes_).substr(at, filled_ - at);
  const char* const last = rest.data() + std::min(rest.size(), kMaxLength + 1);
  const auto [stop, error] = std::from_chars(rest.data(), last, value);
  if (stop == rest.data() && !rest.empty()) return malformed_request("a number is missing", rest);
  if (stop == rest.data() + rest.size()) return false;
  if (error != std::errc() || stop == last) return malformed_request("a number has too many digits", rest);
  if (*stop != end) return malformed_request("something stands behind a number", rest);
  if (value > most)
    return base::fail(Kind::data, "read request",
                      std::to_string(value) + " is more than the limit of " + std::to_string(most));
  at += static_cast<std::size_t>(stop - rest.data()) + 1;
  return true;
}

Result<bool> LogdRequestReader::take_line_end(std::size_t& at) const {
  const std::string_view rest = std::string_view(bytes_).substr(at, std::min<std::size_t>(2, filled_ - at));
  if (!std::string_view("\r\n").starts_with(rest)) return malformed_request("no CRLF where one belongs", rest);
  if (rest.size() < 2) return false;
  at += 2;
  return true;
}

void append_logd_head(std::string& out, std::string_view name, std::size_t count) {
  out.append(name).append(1, ' ').append(std::to_string(count)).append("\r\n");
}

void append_logd_argument(std::string& out, std::string_view bytes) {
  char digits[20];
  const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), bytes.size());
  out.append(std::begin(digits), end).append(1, ' ').append(bytes).append("\r\n");
}

}  // namespace codec
