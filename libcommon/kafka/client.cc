#include "kafka/client.h"

#include <librdkafka/rdkafka.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

namespace kafka {
namespace {

constexpr std::size_t kReasonBytes = 512;

using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;
using Event = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;

base::Result<Conf> make_conf(Client::Role role, const Properties& properties) {
  Conf conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  std::array<char, kReasonBytes> reason{};
  for (const Property& property : properties) {
    if (rd_kafka_conf_set(conf.get(), property.name.c_str(), property.value.c_str(), reason.data(), reason.size()) ==
        RD_KAFKA_CONF_OK)
      continue;
    // The library's own reason may have the value in it, which may be secret.
    return base::fail(base::Kind::usage, "set property " + property.name,
                      "librdkafka knows no such property, or not with this value");
  }
  const int events =
      RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR |
      (role == Client::Role::producer ? RD_KAFKA_EVENT_DR
                                      : RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT);
  rd_kafka_conf_set_events(conf.get(), events);
  rd_kafka_conf_set(conf.get(), "log.queue", "true", reason.data(), reason.size());
  return conf;
}

// What also comes as an error.
bool is_said_twice(std::string_view facility) {
  constexpr std::string_view kTwice[] = {"FAIL", "ERROR", "FATAL", "GETPID", "MAXPOLL"};
  return std::ranges::find(kTwice, facility) != std::end(kTwice);
}

// "127.0.0.1:9092/bootstrap: Connect to ... failed: Connection refused (after 0ms in state CONNECT, 1 identical ...)"
std::string without_detail(const char* text) {
  std::string reason = text == nullptr ? "" : text;
  if (const std::size_t end = reason.rfind(" (after "); end != reason.npos) reason.resize(end);
  if (const std::size_t end = reason.find("/bootstrap: "); end != reason.npos) reason.erase(end, 10);
  return reason;
}

Trouble::Kind kind_of(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return Trouble::Kind::away;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
      return Trouble::Kind::mend;
    default:
      return Trouble::Kind::passing;
  }
}

}  // namespace

Client::Client(event::Loop& loop, Owner& owner, base::Report report, base::Fd wake)
    : owner_(owner),
      report_(std::move(report)),
      wake_fd_(std::move(wake)),
      wake_(loop, wake_fd_.get(), event::Interest::read, [this] {
        drain();
        owner_.woken();
      }) {}

base::Result<std::unique_ptr<Client>> Client::create(event::Loop& loop, Role role, const Properties& properties,
                                                     Owner& owner, base::Report report) {
  base::Fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return base::fail_errno(errno, "make an event descriptor");
  Conf conf = TRY(make_conf(role, properties));
  std::unique_ptr<Client> client(new Client(loop, owner, std::move(report), std::move(wake)));
  client->tells_all_ = std::ranges::find(properties, "debug", &Property::name) != properties.end();
  std::array<char, kReasonBytes> reason{};
  const auto type = role == Role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  client->native_ = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
  if (client->native_ == nullptr)
    return base::fail(base::Kind::config, "make a client of Kafka", without_detail(reason.data()));
  [[maybe_unused]] auto* const taken = conf.release();  // by the client
  if (role == Role::consumer) rd_kafka_poll_set_consumer(client->native_);
  client->queue_ =
      role == Role::producer ? rd_kafka_queue_get_main(client->native_) : rd_kafka_queue_get_consumer(client->native_);
  rd_kafka_set_log_queue(client->native_, client->queue_);
  constexpr std::uint64_t kOne = 1;
  rd_kafka_queue_io_event_enable(client->queue_, client->wake_fd_.get(), &kOne, sizeof kOne);
  client->wake_.start();
  // What came before that has woken nobody.
  [[maybe_unused]] const ssize_t written = ::write(client->wake_fd_.get(), &kOne, sizeof kOne);
  return client;
}

Client::~Client() {
  if (queue_ != nullptr) {
    rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);
    rd_kafka_queue_destroy(queue_);
  }
  if (native_ != nullptr) rd_kafka_destroy_flags(native_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void Client::drain() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(wake_fd_.get(), &count, sizeof count);
}

bool Client::next(base::Duration wait) {
  const auto time = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(wait).count());
  const Event event(rd_kafka_queue_poll(queue_, time), &rd_kafka_event_destroy);
  if (!event) return false;
  switch (rd_kafka_event_type(event.get())) {
    case RD_KAFKA_EVENT_LOG:
      log(event.get());
      break;
    case RD_KAFKA_EVENT_ERROR:
      owner_.troubled(trouble_of(event.get()));
      break;
    default:
      owner_.happened(event.get());
  }
  return true;
}

bool Client::reached() const {
  char* const id = rd_kafka_clusterid(native_, 0);
  if (id == nullptr) return false;
  rd_kafka_mem_free(native_, id);
  return true;
}

void Client::log(NativeEvent* event) {
  const char* facility = "";
  const char* text = "";
  int level = 0;
  if (rd_kafka_event_log(event, &facility, &text, &level) != 0) return;
  if (!tells_all_ && (level > LOG_WARNING || is_said_twice(facility))) return;
  std::string_view rest = text;
  if (const std::size_t end = rest.find("]: "); rest.starts_with("[thrd:") && end != rest.npos)
    rest.remove_prefix(end + 3);
  report_(level > LOG_WARNING ? base::Level::note : base::Level::warning,
          "librdkafka: " + std::string(facility) + ": " + std::string(rest));
}

Trouble Client::trouble_of(NativeEvent* event) const {
  if (rd_kafka_event_error_is_fatal(event) == 0)
    return {kind_of(rd_kafka_event_error(event)), without_detail(rd_kafka_event_error_string(event))};
  std::array<char, kReasonBytes> reason{};
  rd_kafka_fatal_error(native_, reason.data(), reason.size());
  return {Trouble::Kind::fatal, without_detail(reason.data())};
}

}  // namespace kafka
