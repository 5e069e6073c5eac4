#include "codec/amqp_publisher.h"

#include <algorithm>
#include <functional>

#include "codec/amqp_message.h"

namespace codec {
namespace {

using base::Result;

constexpr std::uint16_t kAmqpAccessRefused = 403;
constexpr std::uint16_t kAmqpNotFound = 404;

std::string_view record_of(std::string_view line) {
  return line.substr(0, line.size() - 1);
}

std::size_t id_hash(std::string_view properties) {
  return std::hash<std::string_view>()(amqp_message_id(properties));
}

// Somebody has to mend the server for the other two, and then it takes the message.
bool blames_message(const AmqpClosure& closure) {
  return closure.cause == AmqpMethod::basic_publish && closure.code != kAmqpNotFound &&
         closure.code != kAmqpAccessRefused;
}

}  // namespace

void AmqpPublisher::opened() {
  sent_.clear();
  first_tag_ = return_tag_ = 1;
  unanswered_ = 0;
  refused_ = false;
  backlog_.rewind();
}

Result<void> AmqpPublisher::disconnected(const AmqpClosure* closure) {
  Result<void> done;
  if (closure != nullptr && blames_message(*closure)) {
    const auto open = std::ranges::find(sent_, false, &Sent::answered);
    if (one_by_one() && unanswered_ == 1)
      done = reject(open->number, closure->reason());
    else
      careful_before_ = given_;
  }
  opened();
  return done;
}

Result<void> AmqpPublisher::heard(AmqpMethod method, AmqpCursor arguments) {
  if (method != AmqpMethod::basic_ack && method != AmqpMethod::basic_nack) return {};
  const std::uint64_t tag = arguments.long_long_number();
  const bool multiple = (arguments.octet() & 1) != 0;
  if (!arguments.ok()) return amqp_broken("a confirm is too short");
  return answer(tag, multiple, method == AmqpMethod::basic_ack);
}

Result<void> AmqpPublisher::answer(std::uint64_t tag, bool multiple, bool taken) {
  if (tag == 0 && multiple) tag = first_tag_ + sent_.size() - 1;
  if (tag >= first_tag_ + sent_.size() || tag == 0)
    return amqp_broken("the server confirms a message that was not published");
  if (tag < first_tag_) return {};
  const auto last = static_cast<std::size_t>(tag - first_tag_);
  for (std::size_t i = multiple ? 0 : last; i <= last; ++i) answer(sent_[i], taken);
  for (; !sent_.empty() && sent_.front().answered; ++first_tag_) sent_.pop_front();
  return {};
}

void AmqpPublisher::answer(Sent& sent, bool taken) {
  if (std::exchange(sent.answered, true)) return;
  --unanswered_;
  if (sent.is_returned) return;
  taken ? backlog_.settle(sent.number) : void(refused_ = true);
}

Result<void> AmqpPublisher::returned(AmqpCursor arguments, std::string_view properties) {
  const std::uint16_t code = arguments.short_number();
  const std::string_view text = arguments.short_text();
  const std::string_view exchange = arguments.short_text();
  const std::string_view key = arguments.short_text();
  Sent* const sent = find_returned(amqp_message_id(properties));
  if (!arguments.ok() || sent == nullptr) return amqp_broken("the server returns a message that was not published");
  sent->is_returned = true;
  return reject(sent->number, std::to_string(code) + " " + std::string(text) + ", exchange '" + std::string(exchange) +
                                  "', routing key '" + std::string(key) + "'");
}

AmqpPublisher::Sent* AmqpPublisher::find_returned(std::string_view id) {
  const std::size_t hash = std::hash<std::string_view>()(id);
  return_tag_ = std::max(return_tag_, first_tag_);
  for (; return_tag_ < first_tag_ + sent_.size(); ++return_tag_) {
    Sent& sent = sent_[static_cast<std::size_t>(return_tag_ - first_tag_)];
    if (sent.hash != hash || sent.answered || sent.is_returned) continue;
    if (amqp_message_id(read_amqp_record(backlog_.message(sent.number)).properties) == id) return &sent;
  }
  return nullptr;
}

Result<void> AmqpPublisher::reject(std::uint64_t number, std::string_view reason) {
  backlog_.withhold(number);
  const AmqpRecord record = read_amqp_record(backlog_.message(number));
  const Settlement settlement = TRY(reject_({number, record.as_it_came(), reason}));
  if (settlement == Settlement::settled) backlog_.settle(number);
  return {};
}

void AmqpPublisher::fill(std::string& out, std::size_t max_frame, std::size_t most) {
  while (!refused_ && out.size() < most && unanswered_ < most_unanswered()) {
    const auto message = backlog_.next();
    if (!message) return;
    given_ = std::max(given_, message->number + 1);
    const std::string_view bytes = record_of(message->line);
    if (bytes.empty()) {
      backlog_.settle(message->number);
      continue;
    }
    const AmqpRecord record = read_amqp_record(bytes);
    append_amqp_publish(out, record, max_frame);
    sent_.push_back({message->number, id_hash(record.properties), false, false});
    ++unanswered_;
  }
}

void AmqpPublisher::again() {
  refused_ = false;
  backlog_.rewind();
}

}  // namespace codec
