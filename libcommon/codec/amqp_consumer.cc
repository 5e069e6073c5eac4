#include "codec/amqp_consumer.h"

#include <algorithm>
#include <utility>

namespace codec {
namespace {

constexpr std::string_view kConsumerTag = "logpipe";

void append_answer(std::string& out, AmqpMethod method, std::uint64_t tag, bool flag) {
  std::string arguments;
  append_amqp_number(arguments, tag, 8);
  append_amqp_number(arguments, flag ? 1 : 0, 1);
  append_amqp_method(out, kAmqpChannel, method, arguments);
}

}  // namespace

AmqpDelivery read_amqp_delivery(AmqpCursor arguments) {
  AmqpDelivery delivery;
  arguments.short_text();  // the consumer's tag
  delivery.tag = arguments.long_long_number();
  delivery.redelivered = arguments.octet() != 0;
  delivery.exchange = arguments.short_text();
  delivery.routing_key = arguments.short_text();
  return arguments.ok() ? delivery : AmqpDelivery();
}

std::vector<AmqpRequest> AmqpConsumer::requests(std::string_view queue, std::uint16_t prefetch) {
  AmqpRequest quality{AmqpMethod::basic_qos, {}, AmqpMethod::basic_qos_ok};
  append_amqp_number(quality.arguments, 0, 4);  // any size
  append_amqp_number(quality.arguments, prefetch, 2);
  append_amqp_number(quality.arguments, 0, 1);
  AmqpRequest consumption{AmqpMethod::basic_consume, {}, AmqpMethod::basic_consume_ok};
  append_amqp_number(consumption.arguments, 0, 2);
  append_amqp_short(consumption.arguments, queue);
  append_amqp_short(consumption.arguments, kConsumerTag);
  append_amqp_number(consumption.arguments, 0, 1);  // with acknowledgements, not exclusive
  append_amqp_long(consumption.arguments, {});
  return {std::move(quality), std::move(consumption)};
}

void AmqpConsumer::cancel(std::string& out) {
  std::string arguments;
  append_amqp_short(arguments, kConsumerTag);
  append_amqp_number(arguments, 0, 1);
  append_amqp_method(out, kAmqpChannel, AmqpMethod::basic_cancel, arguments);
}

// RabbitMQ does not know the tag of a rejected delivery any more, so that it cannot be the last of several.
void AmqpConsumer::acknowledge(std::string& out, std::uint64_t position) {
  std::uint64_t tag = 0;
  for (; !open_.empty() && open_.front().position <= position; open_.pop_front())
    if (!open_.front().rejected) tag = open_.front().tag;
  if (tag != 0) append_answer(out, AmqpMethod::basic_ack, tag, true);
}

bool AmqpConsumer::reject(std::string& out, std::uint64_t position) {
  const auto found = std::ranges::lower_bound(open_, position, {}, &Open::position);
  if (found == open_.end() || found->position != position || found->rejected) return false;
  found->rejected = true;
  append_answer(out, AmqpMethod::basic_reject, found->tag, false);
  return true;
}

}  // namespace codec
