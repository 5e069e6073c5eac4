#include "redis/reply.h"

#include <hiredis/hiredis.h>

#include <charconv>
#include <new>

namespace redis {

void Reply::Free::operator()(redisReply* reply) const {
  if (owned) freeReplyObject(reply);
}

Reply Reply::own(redisReply* reply) {
  return {reply, true};
}

bool Reply::is_nil() const {
  return !reply_ || reply_->type == REDIS_REPLY_NIL;
}

bool Reply::is_error() const {
  return reply_ && reply_->type == REDIS_REPLY_ERROR;
}

bool Reply::is_array() const {
  return reply_ && reply_->type == REDIS_REPLY_ARRAY;
}

std::int64_t Reply::integer() const {
  if (reply_ && reply_->type == REDIS_REPLY_INTEGER) return reply_->integer;
  const std::string_view digits = text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
}

std::string_view Reply::text() const {
  if (!reply_ || reply_->str == nullptr) return {};
  return {reply_->str, reply_->len};
}

std::size_t Reply::size() const {
  return is_array() ? reply_->elements : 0;
}

Reply Reply::operator[](std::size_t index) const {
  return index < size() ? Reply(reply_->element[index], false) : Reply();
}

Reply Reply::value_of(std::string_view name) const {
  for (std::size_t i = 0; i + 1 < size(); i += 2)
    if ((*this)[i].text() == name) return (*this)[i + 1];
  return {};
}

void ReplyReader::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
}

base::Result<void> ReplyReader::feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK) return {};
  return base::fail(base::Kind::protocol, "read a reply", reader_->errstr);
}

base::Result<std::optional<Reply>> ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
    return base::fail(base::Kind::protocol, "read a reply", reader_->errstr);
  if (reply == nullptr) return std::optional<Reply>();
  return std::optional<Reply>(Reply::own(static_cast<redisReply*>(reply)));
}

}  // namespace redis
