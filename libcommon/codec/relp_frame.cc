#include "codec/relp_frame.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "base/quote.h"

namespace codec {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kMaxNumber = 9;
constexpr std::size_t kShownOfFrame = 24;       // bytes of a damaged frame that a message quotes
constexpr std::size_t kSpareFrame = 256 << 10;  // what one long message needed is given back

auto reject(const std::string& why, std::string_view bytes) {
  return base::fail(Kind::protocol, "read RELP frame", why + ": " + base::quote(bytes, kShownOfFrame));
}

auto reject_end(std::size_t length, std::string_view bytes) {
  return reject("no LF after " + std::to_string(length) + " bytes of data", bytes);
}

enum class Number { whole, cut, none };

// A number of one to nine digits at `at`, and the byte after it.
Number take_number(std::string_view bytes, std::size_t& at, std::uint32_t& number) {
  const std::size_t start = at;
  number = 0;
  for (; at < bytes.size() && base::is_digit(bytes[at]); ++at) {
    if (at - start == kMaxNumber) return Number::none;
    number = number * 10 + static_cast<std::uint32_t>(bytes[at] - '0');
  }
  if (at == bytes.size()) return Number::cut;
  return at == start ? Number::none : Number::whole;
}

Number take_command(std::string_view bytes, std::size_t& at) {
  const std::size_t start = at;
  for (; at < bytes.size() && base::is_letter(bytes[at]); ++at)
    if (at - start == kRelpMaxCommand) return Number::none;
  if (at == bytes.size()) return Number::cut;
  return at == start || bytes[at] != ' ' ? Number::none : Number::whole;
}

}  // namespace

// Nothing while the header is not complete.
Result<std::optional<RelpReader::Header>> RelpReader::parse(std::string_view bytes) const {
  Header header{};
  std::size_t at = 0;
  std::uint32_t length = 0;
  switch (take_number(bytes, at, header.frame.txnr)) {
    case Number::cut:
      return std::nullopt;
    case Number::none:
      return reject("a transaction number of one to nine digits is missing", bytes);
    case Number::whole:
      break;
  }
  if (bytes[at] != ' ') return reject("no space after the transaction number", bytes);
  const std::size_t command = ++at;
  switch (take_command(bytes, at)) {
    case Number::cut:
      return std::nullopt;
    case Number::none:
      return reject("a command of one to 32 letters is missing", bytes);
    case Number::whole:
      break;
  }
  header.frame.command = bytes.substr(command, at - command);
  switch (take_number(bytes, ++at, length)) {
    case Number::cut:
      return std::nullopt;
    case Number::none:
      return reject("a data length of one to nine digits is missing", bytes);
    case Number::whole:
      break;
  }
  if (length > max_data_ && longer_ == Longer::refuse)
    return reject("the data of " + std::to_string(length) + " bytes is over the limit of " + std::to_string(max_data_),
                  bytes);
  if (bytes[at] == ' ')
    ++at;
  else if (length > 0)
    return reject("no space after the data length", bytes);
  header.data_at = at;
  header.length = length;
  return header;
}

Result<RelpFrame> RelpReader::open(const Header& header, std::string_view bytes) const {
  RelpFrame frame = header.frame;
  frame.data = bytes.substr(header.data_at, header.length);
  if (bytes[header.size() - 1] != '\n') return reject_end(header.length, bytes);
  return frame;
}

Result<bool> RelpReader::next(std::string_view& bytes, RelpFrame& frame) {
  if (failed_) return tl::unexpected(*failed_);
  if (std::exchange(given_, false)) forget();
  auto found = rest_ > 0 ? take_part(bytes, frame) : partial_.empty() ? take(bytes, frame) : complete(bytes, frame);
  if (!found) failed_ = found.error();
  return found;
}

Result<bool> RelpReader::take(std::string_view& bytes, RelpFrame& frame) {
  if (bytes.empty()) return false;
  const auto header = TRY(parse(bytes));
  if (header && is_long(*header)) {
    divide(*header);
    bytes.remove_prefix(header->data_at);
    return take_part(bytes, frame);
  }
  if (!header || header->size() > bytes.size()) {
    partial_ = bytes;
    missing_ = header ? header->size() - bytes.size() : 0;
    bytes = {};
    return false;
  }
  frame = TRY(open(*header, bytes));
  bytes.remove_prefix(header->size());
  return true;
}

// Goes on with the frame whose start is in partial_.
Result<bool> RelpReader::complete(std::string_view& bytes, RelpFrame& frame) {
  if (missing_ == 0 && !TRY(complete_header(bytes))) return false;
  if (rest_ > 0) return take_part(bytes, frame);
  const std::size_t size = std::min(missing_, bytes.size());
  partial_.append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  missing_ -= size;
  if (missing_ > 0) return false;
  frame = TRY(open(*TRY(parse(partial_)), partial_));
  given_ = true;
  return true;
}

Result<bool> RelpReader::complete_header(std::string_view& bytes) {
  const std::size_t before = partial_.size();
  partial_.append(bytes.substr(0, kRelpMaxHeader - before));  // so many bytes always tell
  const auto header = TRY(parse(partial_));
  if (!header) {
    bytes = {};
    return false;
  }
  const bool is_divided = is_long(*header);
  partial_.resize(std::min(is_divided ? header->data_at : header->size(), partial_.size()));
  bytes.remove_prefix(partial_.size() - before);
  missing_ = header->size() - partial_.size();
  if (is_divided) divide(*header);
  return true;
}

// From now on take_part() goes on, with the data.
void RelpReader::divide(const Header& header) {
  txnr_ = header.frame.txnr;
  command_ = header.frame.command;
  rest_ = header.length;
  missing_ = 0;
  partial_.clear();
}

Result<bool> RelpReader::take_part(std::string_view& bytes, RelpFrame& frame) {
  const bool more = rest_ > max_data_;
  const std::size_t length = std::min(rest_, max_data_);
  const std::size_t size = length + (more ? 0 : 1);
  std::string_view part = bytes.substr(0, size - partial_.size());
  bytes.remove_prefix(part.size());
  if (part.size() < size) {
    partial_.append(part);
    if (partial_.size() < size) return false;
    part = partial_;
    given_ = true;
  }
  if (!more && part.back() != '\n') return reject_end(length, part);
  rest_ -= length;
  frame = {txnr_, command_, part.substr(0, length), more};
  return true;
}

void RelpReader::forget() {
  partial_.clear();
  if (partial_.capacity() > kSpareFrame) partial_.shrink_to_fit();
}

void append_relp_header(std::string& out, std::uint32_t txnr, std::string_view command, std::size_t length) {
  char digits[kMaxNumber + 1];
  const auto number = [&](std::size_t value) {
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    *end = ' ';
    out.append(digits, static_cast<std::size_t>(end - digits) + 1);
  };
  number(txnr);
  out.append(command);
  out.push_back(' ');
  number(length);
}

void append_relp_frame(std::string& out, std::uint32_t txnr, std::string_view command, std::string_view data) {
  append_relp_header(out, txnr, command, data.size());
  if (data.empty()) out.pop_back();
  out.append(data);
  out.push_back('\n');
}

void append_relp_ok(std::string& out, std::uint32_t txnr) {
  constexpr std::string_view kOk = " rsp 6 200 OK\n";
  char answer[kMaxNumber + kOk.size()];
  char* end = std::to_chars(answer, answer + kMaxNumber, txnr).ptr;
  end = std::copy(kOk.begin(), kOk.end(), end);
  out.append(answer, static_cast<std::size_t>(end - answer));
}

}  // namespace codec
