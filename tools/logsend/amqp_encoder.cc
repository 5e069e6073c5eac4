#include "tools/logsend/amqp_encoder.h"

#include <utility>

#include "base/ascii.h"
#include "codec/amqp_wire.h"
#include "rules/digest.h"
#include "stream/origin.h"

namespace logsend {
namespace {

constexpr std::size_t kMostOrigin = 200;  // bytes: with an id it is a short text of AMQP

std::string origin_name(std::string_view origin) {
  if (origin.size() <= kMostOrigin) return std::string(origin);
  const rules::Sha256 digest = rules::sha256_of(origin);
  return base::hexadecimal({digest.data(), digest.size()});
}

std::string nonce_name(std::uint64_t nonce) {
  std::string bytes;
  codec::append_amqp_number(bytes, nonce, 8);
  return base::hexadecimal(bytes);
}

base::Result<codec::Template> compile(const net::AmqpAddress& address, const std::string& text) {
  auto compiled = codec::Template::compile(text);
  if (!compiled) return base::fail(base::Kind::usage, "send to " + address.url.text(), compiled.error().why);
  return compiled;
}

}  // namespace

base::Result<AmqpEncoder> AmqpEncoder::create(const EventOptions& options, const net::AmqpAddress& address,
                                              const std::string& origin, std::uint64_t nonce, bool keeps_originals) {
  if (address.exchange.empty() && address.queue.empty())
    return base::fail(base::Kind::usage, "send to " + address.url.text(),
                      "name where messages go: ?queue=NAME, or ?exchange=NAME&key=KEY");
  if (address.exchange.empty() && address.has_key)
    return base::fail(base::Kind::usage, "send to " + address.url.text(), "a key needs an exchange");
  AmqpEncoder encoder;
  encoder.exchange_ = TRY(compile(address, address.exchange));
  encoder.key_ = TRY(compile(address, address.exchange.empty() ? address.queue : address.key));
  encoder.formats_ = options.processor.format.has_value();
  encoder.keeps_originals_ = keeps_originals && encoder.formats_;
  const bool json = encoder.formats_ && options.processor.format->kind() == codec::Format::Kind::json;
  encoder.content_type_ = json ? "application/json" : "text/plain";
  encoder.stream_ = (origin.empty() ? nonce_name(nonce) : origin_name(stream::lasting_origin(origin))) + ":";
  encoder.processor_ = std::make_unique<rules::Processor>(TRY(make_processor(options)));
  return encoder;
}

void AmqpEncoder::append(stream::Batch& records, const stream::Batch& batch, const base::Report& report) {
  processor_->set_clock();
  received_ = static_cast<std::uint64_t>(processor_->clock().seconds());
  batch.for_each([&](std::size_t index, std::string_view message) {
    const std::string_view id = index < batch.id_ends().size() ? batch.id(index) : std::string_view();
    codec::Event event;
    record_.clear();
    if (take_event(*processor_, message, event, report)) append_record(id, message, event);
    records.append(record_);
  });
}

void AmqpEncoder::append_record(std::string_view id, std::string_view message, const codec::Event& event) {
  exchange_text_.clear();
  exchange_.append(exchange_text_, event);
  key_text_.clear();
  key_.append(key_text_, event);
  name(id);
  describe(event);
  codec::AmqpRecord record{
      .exchange = exchange_text_, .routing_key = key_text_, .properties = properties_bytes_, .body = message};
  if (formats_) {
    text_.clear();
    processor_->append(text_, event);
    record.body = text_;
    record.rewritten = keeps_originals_;
    if (keeps_originals_) record.original = message;
  }
  codec::append_amqp_record(record_, record);
}

// The pieces of a split message have no ids of their own.
void AmqpEncoder::name(std::string_view id) {
  if (id.empty()) {
    ++pieces_;
  } else {
    last_id_ = id;
    pieces_ = 0;
  }
  message_id_ = stream_;
  message_id_ += last_id_;
  if (pieces_ > 0) message_id_.append(last_id_.empty() ? "" : ".").append(std::to_string(pieces_));
}

void AmqpEncoder::describe(const codec::Event& event) {
  properties_.content_type = content_type_;
  properties_.message_id = message_id_;
  properties_.timestamp = event.timestamp && event.timestamp->seconds >= 0
                              ? static_cast<std::uint64_t>(event.timestamp->seconds)
                              : received_;
  properties_.app_id = event.appname;
  properties_.headers.clear();
  if (!event.hostname.empty()) properties_.headers.emplace_back("hostname", event.hostname);
  if (event.facility) properties_.headers.emplace_back("facility", codec::facility_name(*event.facility));
  if (event.severity) properties_.headers.emplace_back("severity", codec::severity_name(*event.severity));
  properties_bytes_.clear();
  codec::append_amqp_properties(properties_bytes_, properties_);
}

}  // namespace logsend
