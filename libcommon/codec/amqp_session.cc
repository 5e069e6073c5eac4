#include "codec/amqp_session.h"

#include <algorithm>
#include <utility>

namespace codec {
namespace {

using base::Result;
using Method = AmqpMethod;

constexpr std::uint16_t kBasicClass = 60;

std::string amqp_name(Method method) {
  const auto number = static_cast<std::uint32_t>(method);
  return std::to_string(number >> 16) + "." + std::to_string(number & 0xFFFF);
}

bool brings_message(Method method) {
  return method == Method::basic_deliver || method == Method::basic_return;
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::string_view first = words.substr(0, words.find(' '));
    if (first == word) return true;
    words.remove_prefix(std::min(first.size() + 1, words.size()));
  }
  return false;
}

std::string login_arguments(const AmqpLogin& login) {
  std::string out;
  {
    AmqpTable properties(out);
    properties.add("product", "logpipe");
    properties.add("version", login.version);
    AmqpTable capabilities(properties.name_table("capabilities"));
    capabilities.add("publisher_confirms", true);
    capabilities.add("consumer_cancel_notify", true);
    capabilities.add("connection.blocked", true);
    capabilities.add("basic.nack", true);
    capabilities.add("authentication_failure_close", true);
  }
  append_amqp_short(out, "PLAIN");
  append_amqp_long(out, std::string(1, '\0') + login.user + '\0' + login.password);
  append_amqp_short(out, "en_US");
  return out;
}

AmqpRequest exchange_declaration(const AmqpTopology& topology) {
  AmqpRequest request{Method::exchange_declare, {}, Method::exchange_declare_ok};
  append_amqp_number(request.arguments, 0, 2);
  append_amqp_short(request.arguments, topology.exchange);
  append_amqp_short(request.arguments, topology.exchange_type);
  append_amqp_number(request.arguments, 0b10, 1);  // durable
  append_amqp_long(request.arguments, {});
  return request;
}

AmqpRequest queue_declaration(const AmqpTopology& topology) {
  AmqpRequest request{Method::queue_declare, {}, Method::queue_declare_ok};
  append_amqp_number(request.arguments, 0, 2);
  append_amqp_short(request.arguments, topology.queue);
  append_amqp_number(request.arguments, 0b10, 1);  // durable
  AmqpTable arguments(request.arguments);
  arguments.add("x-queue-type", topology.queue_type);
  return request;
}

AmqpRequest queue_binding(const AmqpTopology& topology) {
  AmqpRequest request{Method::queue_bind, {}, Method::queue_bind_ok};
  append_amqp_number(request.arguments, 0, 2);
  append_amqp_short(request.arguments, topology.queue);
  append_amqp_short(request.arguments, topology.exchange);
  append_amqp_short(request.arguments, topology.binding);
  append_amqp_number(request.arguments, 0, 1);
  append_amqp_long(request.arguments, {});
  return request;
}

}  // namespace

std::vector<AmqpRequest> amqp_declarations(const AmqpTopology& topology) {
  std::vector<AmqpRequest> requests;
  if (!topology.exchange.empty()) requests.push_back(exchange_declaration(topology));
  if (!topology.queue.empty()) requests.push_back(queue_declaration(topology));
  if (!topology.exchange.empty() && !topology.queue.empty()) requests.push_back(queue_binding(topology));
  return requests;
}

void AmqpSession::open(AmqpLogin login, std::vector<AmqpRequest> requests) {
  disconnect();
  login_ = std::move(login);
  requests_ = std::move(requests);
  output_.bytes() += kAmqpGreeting;
  stage_ = Stage::opening;
  expected_ = Method::connection_start;
}

void AmqpSession::disconnect() {
  reader_ = AmqpReader();
  output_.clear();
  stage_ = Stage::closed;
  asked_ = 0;
  max_frame_ = kAmqpMaxFrame;
  heartbeat_ = {};
  blocked_.reset();
  closure_.reset();
  bringing_.reset();
  body_left_ = 0;
}

Result<void> AmqpSession::feed(std::string_view bytes, Owner& owner) {
  AmqpFrame frame;
  while (stage_ != Stage::closed && stage_ != Stage::left && TRY(reader_.next(bytes, frame))) TRY(take(frame, owner));
  return {};
}

Result<void> AmqpSession::take(const AmqpFrame& frame, Owner& owner) {
  if (frame.channel > kAmqpChannel) return amqp_broken("the server sends on a channel that was not opened");
  if (frame.type == AmqpFrameType::heartbeat) return {};
  if (frame.type == AmqpFrameType::method) {
    AmqpCursor arguments(frame.payload);
    const auto method = static_cast<Method>(arguments.long_number());
    if (!arguments.ok()) return amqp_broken("a method is too short");
    return take_method(method, arguments, owner);
  }
  if (frame.channel != kAmqpChannel) return amqp_broken("a message comes without its channel");
  if (frame.type == AmqpFrameType::header) return take_header(frame.payload, owner);
  if (bringing_ || frame.payload.empty() || frame.payload.size() > body_left_)
    return amqp_broken("a message is longer than it was said to be");
  body_left_ -= frame.payload.size();
  return stage_ == Stage::ready ? owner.body(frame.payload) : Result<void>();
}

Result<void> AmqpSession::take_method(Method method, AmqpCursor arguments, Owner& owner) {
  if (method == Method::connection_close || method == Method::channel_close) return take_closure(method, arguments);
  if (method == Method::connection_close_ok && stage_ == Stage::leaving) {
    stage_ = Stage::left;
    return {};
  }
  if (method == Method::connection_blocked) {
    blocked_ = arguments.short_text();
    return {};
  }
  if (method == Method::connection_unblocked) {
    blocked_.reset();
    return {};
  }
  if (stage_ == Stage::opening) return take_answer(method, arguments, owner);
  if (bringing_ || body_left_ > 0) return amqp_broken("a message is not complete");
  if (brings_message(method)) {
    bringing_ = method;
    arguments_ = arguments.rest();
    return {};
  }
  if (stage_ != Stage::ready) return {};
  if (method == Method::channel_flow) {
    const bool active = arguments.octet() != 0;
    say(Method::channel_flow_ok, kAmqpChannel, std::string(1, static_cast<char>(active)));
    blocked_ = active ? std::optional<std::string>() : "the channel's flow is stopped";
    return {};
  }
  return owner.heard(method, arguments);
}

Result<void> AmqpSession::take_header(std::string_view payload, Owner& owner) {
  AmqpCursor header(payload);
  const bool basic = header.short_number() == kBasicClass;
  header.short_number();  // the weight, which is not used
  const std::uint64_t size = header.long_long_number();
  if (!basic || !header.ok() || !bringing_) return amqp_broken("a message's header is not where one should be");
  body_left_ = size;
  const Method method = *std::exchange(bringing_, std::nullopt);
  if (stage_ != Stage::ready) return {};
  return owner.content(method, AmqpCursor(arguments_), header.rest(), size);
}

Result<void> AmqpSession::take_closure(Method method, AmqpCursor arguments) {
  AmqpClosure closure;
  closure.code = arguments.short_number();
  closure.text = arguments.short_text();
  const std::uint32_t cause = arguments.long_number();
  closure.cause = static_cast<Method>(cause);
  if (stage_ == Stage::leaving) {
    stage_ = Stage::left;
    return {};
  }
  closure_ = closure;
  return amqp_broken(
      (method == Method::channel_close ? "the server closes the channel: " : "the server closes the connection: ") +
      closure.reason());
}

// While opening: one answer after the other.
Result<void> AmqpSession::take_answer(Method method, AmqpCursor arguments, Owner& owner) {
  if (method != expected_)
    return amqp_broken("the server answers " + amqp_name(method) + ", not " + amqp_name(expected_));
  switch (method) {
    case Method::connection_start:
      return log_in(arguments);
    case Method::connection_tune:
      return tune(arguments);
    case Method::connection_open_ok:
      expected_ = Method::channel_open_ok;
      say(Method::channel_open, kAmqpChannel, std::string(1, '\0'));
      return {};
    default:
      return request(owner);
  }
}

Result<void> AmqpSession::log_in(AmqpCursor arguments) {
  arguments.short_number();  // version
  arguments.table();
  const std::string_view mechanisms = arguments.long_text();
  if (!arguments.ok()) return amqp_broken("the server's greeting is too short");
  if (!has_word(mechanisms, "PLAIN")) return amqp_broken("the server does not take a user and a password (PLAIN)");
  say(Method::connection_start_ok, 0, login_arguments(login_));
  expected_ = Method::connection_tune;
  return {};
}

Result<void> AmqpSession::tune(AmqpCursor arguments) {
  arguments.short_number();  // channels; one is always allowed
  const std::size_t most = arguments.long_number();
  const std::chrono::seconds beat(arguments.short_number());
  if (!arguments.ok() || (most != 0 && most < kAmqpLeastFrame)) return amqp_broken("the server's limits make no sense");
  max_frame_ = most == 0 ? kAmqpMaxFrame : std::min(most, kAmqpMaxFrame);
  heartbeat_ = beat.count() == 0 || login_.most_heartbeat.count() == 0 ? beat : std::min(beat, login_.most_heartbeat);
  std::string answer;
  append_amqp_number(answer, kAmqpChannel, 2);
  append_amqp_number(answer, max_frame_, 4);
  append_amqp_number(answer, static_cast<std::uint64_t>(heartbeat_.count()), 2);
  say(Method::connection_tune_ok, 0, answer);
  std::string vhost;
  append_amqp_short(vhost, login_.vhost);
  append_amqp_number(vhost, 0, 2);
  say(Method::connection_open, 0, vhost);
  expected_ = Method::connection_open_ok;
  return {};
}

Result<void> AmqpSession::request(Owner& owner) {
  if (asked_ < requests_.size()) {
    const AmqpRequest& next = requests_[asked_++];
    say(next.method, kAmqpChannel, next.arguments);
    expected_ = next.answer;
    return {};
  }
  stage_ = Stage::ready;
  return owner.opened();
}

void append_amqp_method(std::string& out, std::uint16_t channel, AmqpMethod method, std::string_view arguments) {
  const AmqpFrameWriter frame(out, AmqpFrameType::method, channel);
  append_amqp_number(out, static_cast<std::uint32_t>(method), 4);
  out += arguments;
}

void AmqpSession::say(Method method, std::uint16_t channel, std::string_view arguments) {
  append_amqp_method(output_.bytes(), channel, method, arguments);
}

void AmqpSession::close() {
  std::string arguments;
  append_amqp_number(arguments, 200, 2);
  append_amqp_short(arguments, "Goodbye");
  append_amqp_number(arguments, 0, 4);
  say(Method::connection_close, 0, arguments);
  stage_ = Stage::leaving;
}

void AmqpSession::beat() {
  if (output_.size() == 0) const AmqpFrameWriter frame(output_.bytes(), AmqpFrameType::heartbeat, 0);
}

}  // namespace codec
