#include "tools/logsend/amqp_sink.h"

#include <algorithm>
#include <utility>

#include "stream/room.h"

namespace logsend {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kMostUnsent = 256 << 10;  // bytes of frames
constexpr base::Duration kGoodbyeTime =
    std::chrono::seconds(2);  // for the answer to "close": everything is safe by then

}  // namespace

AmqpSink::AmqpSink(event::Loop& loop, std::vector<net::AmqpAddress> addresses, AmqpEncoder encoder,
                   AmqpSinkOptions options, base::Report report)
    : options_(std::move(options)),
      report_(std::move(report)),
      encoder_(std::move(encoder)),
      publisher_(options_.window_messages, [this](const codec::Rejection& rejection) { return rejected(rejection); }),
      backoff_(options_.link.dial.seed),
      link_(loop, std::move(addresses), options_.link, report_, static_cast<net::AmqpLink::Owner&>(*this)),
      again_(loop, [this] { again(); }),
      drain_(loop, [this] { give_up(); }) {}

std::unique_ptr<AmqpSink> AmqpSink::open(event::Loop& loop, std::vector<net::AmqpAddress> addresses,
                                         AmqpEncoder encoder, AmqpSinkOptions options, base::Report report) {
  std::unique_ptr<AmqpSink> sink(
      new AmqpSink(loop, std::move(addresses), std::move(encoder), std::move(options), std::move(report)));
  sink->link_.start();
  return sink;
}

std::size_t AmqpSink::room() const {
  if (waiting() >= options_.window_messages) return 0;
  return stream::useful_room(publisher_.backlog().bytes(), options_.window.count);
}

Result<void> AmqpSink::write(const stream::Batch& batch) {
  records_.clear();
  encoder_.append(records_, batch, report_);
  publisher_.append(records_);
  publish();
  return {};
}

Result<void> AmqpSink::flush() {
  if (error_) return tl::unexpected(*error_);
  return {};
}

Result<void> AmqpSink::finish() {
  life_.finish();
  if (waiting() == 0) {
    close_down();
    return {};
  }
  drain_.start(options_.drain_time);
  return hurry();  // a long pause could outlast the time that is left
}

Result<void> AmqpSink::hurry() {
  link_.hurry();
  backoff_.reset();
  if (again_.active()) again();
  return {};
}

Result<void> AmqpSink::reopen() {
  encoder_.reopen(report_);
  if (life_.is_ending()) return {};
  auto forgotten = publisher_.disconnected(nullptr);
  link_.restart();
  return forgotten;
}

void AmqpSink::settle(std::uint64_t number) {
  publisher_.settle(number);
  settled();
}

// ---- what the server says

Result<void> AmqpSink::opened() {
  publisher_.opened();
  if (waiting() == 0) link_.proved();
  return {};
}

Result<void> AmqpSink::heard(codec::AmqpMethod method, codec::AmqpCursor arguments) {
  return publisher_.heard(method, arguments);
}

Result<void> AmqpSink::content(codec::AmqpMethod method, codec::AmqpCursor arguments, std::string_view properties,
                               std::uint64_t) {
  if (method != codec::AmqpMethod::basic_return)
    return base::fail(Kind::protocol, "read AMQP", "the server delivers what nobody consumes");
  return publisher_.returned(arguments, properties);
}

void AmqpSink::progressed() {
  settled();
  publish();
}

void AmqpSink::lost(const codec::AmqpClosure* closure) {
  again_.stop();
  if (const auto rejected = publisher_.disconnected(closure); !rejected) return failed(rejected.error());
  settled();
}

void AmqpSink::failed(const base::Error& error) {
  if (!error_) error_ = error;
  link_.stop();
}

Result<codec::Settlement> AmqpSink::rejected(const codec::Rejection& rejection) {
  if (options_.on_reject) return options_.on_reject(rejection);
  return base::fail(Kind::data, "send to " + link_.place(),
                    "the server rejects a message: " + std::string(rejection.reason) + "; see --on-reject");
}

// ---- sending

void AmqpSink::publish() {
  if (error_ || !link_.ready() || link_.blocked()) return;
  while (link_.unsent() < kMostUnsent) {
    const std::size_t before = link_.unsent();
    publisher_.fill(link_.output(), link_.max_frame(), kMostUnsent);
    if (link_.unsent() == before) break;
    link_.send();
    if (!link_.ready()) return;
  }
  settled();  // some may have been left out
  if (publisher_.refused()) wait_for_room();
}

void AmqpSink::wait_for_room() {
  if (again_.active()) return;
  if (!std::exchange(full_, true))
    report_(base::Level::warning, link_.place() +
                                      ": the server refuses messages for now, a queue may be full; trying "
                                      "again, " +
                                      base::count_of(waiting(), "message") + " waiting");
  again_.start(backoff_.next());
}

void AmqpSink::again() {
  again_.stop();
  if (publisher_.unanswered() > 0) return wait_for_room();  // else these would be published twice
  publisher_.again();
  publish();
}

// ---- how it stands

void AmqpSink::settled() {
  if (error_ || finished()) return;
  if (std::exchange(reported_safe_, safe()) < safe()) {
    if (link_.ready()) link_.proved();
    backoff_.reset();
    if (life_.is_finishing()) drain_.start(options_.drain_time);
  }
  if (waiting() == 0 && std::exchange(full_, false))
    report_(base::Level::note, link_.place() + ": the server takes messages again");
  if (life_.is_finishing() && waiting() == 0) close_down();
}

// Everything is safe: says "close" where there is a connection, and waits a little for the answer.
void AmqpSink::close_down() {
  if (!life_.close()) return;
  again_.stop();
  if (!link_.ready()) return end();
  drain_.start(std::min(options_.drain_time, kGoodbyeTime));
  link_.leave();
}

void AmqpSink::left() {
  end();
}

void AmqpSink::end() {
  life_.end();
  drain_.stop();
  link_.stop();
}

void AmqpSink::give_up() {
  if (life_.is_closing()) return end();
  error_ = link_.undelivered("confirmed", options_.drain_time);
}

std::string AmqpSink::state() const {
  return link_.state() + ", " + base::count_of(waiting(), "message") + " waiting, " +
         std::to_string(publisher_.unanswered()) + " of them sent";
}

}  // namespace logsend
