// AMQP 0-9-1 on the wire: frames, and the types of what is in them (specification, sections 4.2 and 4.2.5; the errata
// of RabbitMQ for tables). Passive.
//
// A frame is type (1 byte), channel (2), size (4), payload, 0xCE. Numbers are big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace codec {

inline constexpr std::string_view kAmqpGreeting{"AMQP\0\0\x09\x01", 8};
inline constexpr std::size_t kAmqpFrameExtra = 8;      // bytes of a frame beside its payload
inline constexpr std::size_t kAmqpLeastFrame = 4096;   // that everybody has to take
inline constexpr std::size_t kAmqpMaxFrame = 131072;   // that is taken here; RabbitMQ's own default
inline constexpr std::size_t kAmqpMaxShortText = 255;  // bytes

// Kind::protocol: the peer breaks the rules, or is no peer of AMQP 0-9-1.
tl::unexpected<base::Error> amqp_broken(std::string why);

enum class AmqpFrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

struct AmqpFrame {
  AmqpFrameType type{};
  std::uint16_t channel = 0;
  std::string_view payload;
};

// Cuts a byte stream into frames. What is left over of the bytes given is kept inside: less than one frame.
class AmqpReader {
 public:
  explicit AmqpReader(std::size_t max_frame = kAmqpMaxFrame) : max_frame_(max_frame) {}

  // Consumes from the front of `bytes`. True: `frame` is the next one, valid until the next call and while the memory
  // behind `bytes` is. False: all is consumed. After an error (Kind::protocol) nothing may be read any more.
  base::Result<bool> next(std::string_view& bytes, AmqpFrame& frame);

 private:
  // Of a frame, from its first seven bytes.
  [[nodiscard]] base::Result<std::size_t> size_of(std::string_view header) const;

  std::size_t max_frame_;
  std::string partial_;
  bool given_ = false;  // partial_ is what was returned last
};

// Reads the fields of a payload, one after the other. What is not there reads as nothing, and ok() says so at the end.
class AmqpCursor {
 public:
  explicit AmqpCursor(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t octet() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t short_number() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t long_number() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t long_long_number() { return number(8); }
  std::string_view short_text() { return take(octet()); }
  std::string_view long_text() { return take(long_number()); }
  std::string_view table() { return long_text(); }  // its bytes

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::uint64_t number(std::size_t bytes);
  std::string_view take(std::size_t bytes);

  std::string_view rest_;
  bool ok_ = true;
};

void append_amqp_number(std::string& out, std::uint64_t number, std::size_t bytes);
// At most kAmqpMaxShortText bytes of it.
void append_amqp_short(std::string& out, std::string_view text);
void append_amqp_long(std::string& out, std::string_view text);

// A table, from its construction to its destruction. Nothing else may be appended to `out` meanwhile.
class AmqpTable {
 public:
  explicit AmqpTable(std::string& out) : out_(out), begin_(out.size()) { append_amqp_number(out, 0, 4); }
  AmqpTable(const AmqpTable&) = delete;
  AmqpTable& operator=(const AmqpTable&) = delete;
  ~AmqpTable();

  void add(std::string_view name, std::string_view text);
  void add(std::string_view name, bool value);
  // One for a table in this one, which is filled next.
  std::string& name_table(std::string_view name);

 private:
  std::string& out_;
  std::size_t begin_;
};

// The same of a whole frame.
class AmqpFrameWriter {
 public:
  AmqpFrameWriter(std::string& out, AmqpFrameType type, std::uint16_t channel);
  AmqpFrameWriter(const AmqpFrameWriter&) = delete;
  AmqpFrameWriter& operator=(const AmqpFrameWriter&) = delete;
  ~AmqpFrameWriter();

 private:
  std::string& out_;
  std::size_t begin_;  // of the payload
};

}  // namespace codec
