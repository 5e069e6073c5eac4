// libFuzzer target (make fuzz): AMQP frames, a client's session, what a publisher hears, and what a consumer gets. The
// first byte says in what pieces the rest comes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/amqp_consumer.h"
#include "codec/amqp_event.h"
#include "codec/amqp_message.h"
#include "codec/amqp_publisher.h"
#include "codec/amqp_session.h"
#include "codec/json_walk.h"

namespace {

using codec::AmqpCursor;
using codec::AmqpMethod;

class Client final : public codec::AmqpSession::Owner {
 public:
  Client() {
    stream::Batch batch;
    for (int i = 0; i < 10; ++i) {
      std::string properties;
      codec::append_amqp_properties(properties, {.message_id = std::to_string(i)});
      std::string record;
      codec::append_amqp_record(record, {.routing_key = "q", .properties = properties, .body = "message"});
      batch.append(record);
    }
    publisher_.append(batch);
  }

  void check() const {
    if (publisher_.unanswered() > 4 || publisher_.backlog().safe() > 10) std::abort();
  }

 private:
  void publish() {
    std::string out;
    publisher_.fill(out, 4096, 1 << 16);
  }
  base::Result<void> opened() override {
    publisher_.opened();
    publish();
    return {};
  }
  base::Result<void> heard(AmqpMethod method, AmqpCursor arguments) override {
    auto done = publisher_.heard(method, arguments);
    if (publisher_.refused()) publisher_.again();
    publish();
    return done;
  }
  base::Result<void> content(AmqpMethod method, AmqpCursor arguments, std::string_view properties,
                             std::uint64_t size) override {
    left_ = size;
    if (method == AmqpMethod::basic_deliver) take_delivery(codec::read_amqp_delivery(arguments), properties);
    return method == AmqpMethod::basic_return ? publisher_.returned(arguments, properties) : base::Result<void>();
  }
  base::Result<void> body(std::string_view piece) override {
    if (piece.empty() || piece.size() > left_) std::abort();
    left_ -= piece.size();
    return {};
  }

  // Every second one is rejected.
  void take_delivery(const codec::AmqpDelivery& delivery, std::string_view properties) {
    codec::AmqpEvent event;
    (void)event.begin(delivery, properties);
    std::string json;
    event.append_json(json, properties);
    if (!codec::is_json(json)) std::abort();
    if (delivery.tag == 0) return;
    consumer_.delivered(delivery.tag, ++delivered_);
    std::string out;
    if (delivered_ % 2 == 0 && !consumer_.reject(out, delivered_)) std::abort();
    consumer_.acknowledge(out, delivered_ - 1);
    if (consumer_.unacknowledged() != 1) std::abort();
  }

  codec::AmqpConsumer consumer_;
  std::uint64_t delivered_ = 0;
  codec::AmqpPublisher publisher_{4, [](const codec::Rejection& rejection) {
                                    if (rejection.message != "message") std::abort();
                                    return codec::Settlement::settled;
                                  }};
  std::uint64_t left_ = 0;
};

// Past the login, where an odd piece asks for it.
void welcome(codec::AmqpSession& session, Client& client) {
  using namespace std::string_view_literals;
  (void)session.feed("\1\0\0\0\0\0\x18\0\x0A\0\x0A\0\x09\0\0\0\0\0\0\0\x05PLAIN\0\0\0\1x\xCE"sv, client);
  (void)session.feed("\1\0\0\0\0\0\x0C\0\x0A\0\x1E\0\0\0\2\0\0\0\x3C\xCE"sv, client);
  (void)session.feed("\1\0\0\0\0\0\5\0\x0A\0\x29\0\xCE\1\0\1\0\0\0\x08\0\x14\0\x0B\0\0\0\0\xCE"sv, client);
  if (session.stage() != codec::AmqpSession::Stage::ready) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] == 0 ? size : data[0];
  codec::AmqpSession session;
  Client client;
  session.open({}, {});
  if (piece % 2 == 1) welcome(session, client);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!session.feed(bytes.substr(0, piece), client)) break;
    client.check();
  }
  return 0;
}
