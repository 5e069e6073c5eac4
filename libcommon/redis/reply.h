// Replies of the server, parsed by hiredis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

struct redisReader;
struct redisReply;

namespace redis {

// One reply, or a view of one element of it. Views are valid as long as the whole reply.
class Reply {
 public:
  Reply() : reply_(nullptr, Free{false}) {}  // nil
  // Takes ownership of what the reader made.
  static Reply own(redisReply* reply);

  [[nodiscard]] bool is_nil() const;
  [[nodiscard]] bool is_error() const;
  [[nodiscard]] bool is_array() const;
  // 0 where it is no integer and no decimal text.
  [[nodiscard]] std::int64_t integer() const;
  // A string, a status or an error's text; "" for others.
  [[nodiscard]] std::string_view text() const;

  // Of an array; 0 for others.
  [[nodiscard]] std::size_t size() const;
  // A view of one element. Beyond the end: nil.
  [[nodiscard]] Reply operator[](std::size_t index) const;
  // In an array of names and values in turn (HGETALL, XINFO, CONFIG GET), the value of `name`; nil where it is not.
  [[nodiscard]] Reply value_of(std::string_view name) const;

 private:
  struct Free {
    bool owned;
    void operator()(redisReply* reply) const;
  };
  Reply(redisReply* reply, bool owned) : reply_(reply, Free{owned}) {}
  std::unique_ptr<redisReply, Free> reply_;
};

// Cuts what the server sends into replies. Passive.
class ReplyReader {
 public:
  ReplyReader();

  // Kind::protocol: this is no Redis server.
  base::Result<void> feed(std::string_view bytes);
  // The next whole reply; nothing: more bytes are needed.
  base::Result<std::optional<Reply>> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace redis
