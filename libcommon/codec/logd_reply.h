// What a logd server answers (docs/protocol-logd.md). Passive.
//
//   OK [TEXT] CRLF    ERR [TEXT] CRLF    ERR_CLIENT TEXT CRLF
//   +ID LENGTH BODY CRLF                 after READ's OK, one for each message
//   +ID TIME LENGTH BODY CRLF            after REPLICATE's; TIME: when the master accepted it, ns since 1970
//   +EOF CRLF                            READ has given all it was asked for
//   OK LENGTH BODY CRLF                  to STATS: the body has lines of its own
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace codec {

struct LogdReply {
  enum class Kind {
    ok,            // `text` is what stands behind it, or STATS' body
    error,         // ERR: the server's fault
    client_error,  // ERR_CLIENT: ours
    message,       // id, time, `text` is the body
    end,           // +EOF
  };
  Kind kind = Kind::ok;
  std::uint64_t id = 0;
  std::uint64_t time = 0;
  std::string_view text = {};
};

// Cuts a byte stream into replies.
class LogdReplyReader {
 public:
  // How replies that have a body look: it depends on what was asked.
  enum class Bodies { none, messages, timed_messages, stats };

  explicit LogdReplyReader(std::size_t max_body) : max_body_(max_body) {}
  void expect(Bodies bodies) { bodies_ = bodies; }

  // Consumes from the front of `bytes`. True: `reply` is the next one, valid until the next call and while the memory
  // behind `bytes` is. False: all is consumed. An error (Kind::protocol) ends the stream; further calls fail alike.
  base::Result<bool> next(std::string_view& bytes, LogdReply& reply);

  // Bytes held back because their reply is not complete.
  [[nodiscard]] std::size_t pending() const { return given_ ? 0 : partial_.size(); }

 private:
  // What a line says about the body that follows it.
  struct Head {
    LogdReply reply = {};
    std::size_t size = 0;    // bytes before the body
    std::size_t length = 0;  // of the body
    bool has_body = false;
    [[nodiscard]] std::size_t total() const { return size + (has_body ? length + 2 : 0); }
  };

  [[nodiscard]] base::Result<std::optional<Head>> parse(std::string_view bytes) const;
  [[nodiscard]] base::Result<std::optional<Head>> parse_message(std::string_view bytes) const;
  [[nodiscard]] base::Result<std::optional<Head>> parse_stats(std::string_view bytes) const;
  [[nodiscard]] static base::Result<std::optional<Head>> parse_line(std::string_view bytes);
  [[nodiscard]] base::Result<std::optional<LogdReply>> whole(std::string_view bytes, std::size_t& size) const;

  std::size_t max_body_;
  Bodies bodies_ = Bodies::none;
  std::string partial_;
  std::size_t needed_ = 0;  // bytes without which partial_ need not be looked at again
  bool given_ = false;      // partial_ is what was returned last
  std::optional<base::Error> failed_;
};

// What stands behind "KEY: " in STATS' body; empty: there is no such line.
std::string_view logd_statistic(std::string_view body, std::string_view key);

void append_logd_message(std::string& out, std::uint64_t id, std::string_view body);
void append_logd_timed_message(std::string& out, std::uint64_t id, std::uint64_t time, std::string_view body);

}  // namespace codec
