#include "codec/amqp_wire.h"

#include <algorithm>
#include <utility>

namespace codec {
namespace {

constexpr std::size_t kAmqpFrameHead = 7;
constexpr char kAmqpFrameEnd = '\xCE';

std::uint64_t amqp_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

void set_amqp_size(std::string& out, std::size_t at, std::size_t size) {
  for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(size >> (24 - 8 * i));
}

bool is_frame_type(unsigned type) {
  return (type >= 1 && type <= 3) || type == static_cast<unsigned>(AmqpFrameType::heartbeat);
}

}  // namespace

tl::unexpected<base::Error> amqp_broken(std::string why) {
  return base::fail(base::Kind::protocol, "read AMQP", std::move(why));
}

base::Result<std::size_t> AmqpReader::size_of(std::string_view header) const {
  // A server that speaks another version, or none at all, says so with its own greeting.
  if (header.starts_with("AMQP")) return amqp_broken("the server does not speak AMQP 0-9-1");
  const auto type = static_cast<unsigned char>(header[0]);
  if (!is_frame_type(type)) return amqp_broken("what the server sends is not AMQP");
  const auto payload = static_cast<std::size_t>(amqp_number(header.substr(3, 4)));
  if (payload > max_frame_ - kAmqpFrameExtra)
    return amqp_broken("a frame of " + std::to_string(payload) + " bytes is longer than was agreed on");
  return payload + kAmqpFrameExtra;
}

base::Result<bool> AmqpReader::next(std::string_view& bytes, AmqpFrame& frame) {
  if (std::exchange(given_, false)) partial_.clear();
  if (!partial_.empty() && partial_.size() < kAmqpFrameHead) {
    const std::size_t some = std::min(kAmqpFrameHead - partial_.size(), bytes.size());
    partial_ += bytes.substr(0, some);
    bytes.remove_prefix(some);
  }
  const std::string_view start = partial_.empty() ? bytes : std::string_view(partial_);
  if (start.size() < kAmqpFrameHead) {
    partial_ += partial_.empty() ? std::exchange(bytes, {}) : std::string_view();
    return false;
  }
  const std::size_t size = TRY(size_of(start));
  std::string_view whole = bytes.substr(0, size);
  if (!partial_.empty() || whole.size() < size) {
    const std::size_t some = std::min(size - partial_.size(), bytes.size());
    partial_ += bytes.substr(0, some);
    bytes.remove_prefix(some);
    if (partial_.size() < size) return false;
    whole = partial_;
    given_ = true;
  } else {
    bytes.remove_prefix(size);
  }
  if (whole.back() != kAmqpFrameEnd) return amqp_broken("a frame has no end where it should have one");
  frame = {.type = static_cast<AmqpFrameType>(whole[0]),
           .channel = static_cast<std::uint16_t>(amqp_number(whole.substr(1, 2))),
           .payload = whole.substr(kAmqpFrameHead, size - kAmqpFrameExtra)};
  return true;
}

std::uint64_t AmqpCursor::number(std::size_t bytes) {
  return amqp_number(take(bytes));
}

std::string_view AmqpCursor::take(std::size_t bytes) {
  if (bytes > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

void append_amqp_number(std::string& out, std::uint64_t number, std::size_t bytes) {
  while (bytes-- > 0) out += static_cast<char>(number >> (8 * bytes));
}

void append_amqp_short(std::string& out, std::string_view text) {
  text = text.substr(0, kAmqpMaxShortText);
  out += static_cast<char>(text.size());
  out += text;
}

void append_amqp_long(std::string& out, std::string_view text) {
  append_amqp_number(out, text.size(), 4);
  out += text;
}

AmqpTable::~AmqpTable() {
  set_amqp_size(out_, begin_, out_.size() - begin_ - 4);
}

void AmqpTable::add(std::string_view name, std::string_view text) {
  append_amqp_short(out_, name);
  out_ += 'S';
  append_amqp_long(out_, text);
}

void AmqpTable::add(std::string_view name, bool value) {
  append_amqp_short(out_, name);
  out_ += 't';
  out_ += static_cast<char>(value);
}

std::string& AmqpTable::name_table(std::string_view name) {
  append_amqp_short(out_, name);
  out_ += 'F';
  return out_;
}

AmqpFrameWriter::AmqpFrameWriter(std::string& out, AmqpFrameType type, std::uint16_t channel) : out_(out) {
  append_amqp_number(out, static_cast<std::uint64_t>(type), 1);
  append_amqp_number(out, channel, 2);
  append_amqp_number(out, 0, 4);
  begin_ = out.size();
}

AmqpFrameWriter::~AmqpFrameWriter() {
  set_amqp_size(out_, begin_ - 4, out_.size() - begin_);
  out_ += kAmqpFrameEnd;
}

}  // namespace codec
