#include "tools/logsend/kafka/kafka_sink.h"

#include <algorithm>
#include <iterator>

namespace logsend::kafka {
namespace {

using base::Result;

constexpr base::Duration kSlowly = std::chrono::seconds(30);  // for what somebody has to mend
constexpr base::Duration kLookEvery = std::chrono::milliseconds(100);

std::size_t index_of(const Load& load, const char* value) {
  const auto at = static_cast<std::size_t>(value - load.parts.bytes.data());
  // A value may be empty, but what stands before it in its part is not.
  const auto end = std::ranges::lower_bound(load.parts.ends, at);
  return static_cast<std::size_t>(end - load.parts.ends.begin());
}

}  // namespace

KafkaSink::KafkaSink(event::Loop& loop, RecordEncoder encoder, SinkOptions options, base::Report report)
    : OutboxSink(loop, options),
      loop_(loop),
      encoder_(std::move(encoder)),
      options_(std::move(options)),
      report_(std::move(report)),
      look_(loop, [this] { look(); }) {}

Result<std::unique_ptr<KafkaSink>> KafkaSink::open(event::Loop& loop, RecordEncoder encoder, SinkOptions options,
                                                   base::Report report) {
  std::unique_ptr<KafkaSink> sink(new KafkaSink(loop, std::move(encoder), std::move(options), std::move(report)));
  TRY(sink->connect());
  return sink;
}

Result<void> KafkaSink::write(const stream::Batch& batch) {
  if (waiting() == 0 && away_since_) away_since_ = base::now();  // nothing was to be delivered before
  encoder_.append(outbox_, batch, report_);
  send();
  return {};
}

Result<void> KafkaSink::hurry() {
  pause_time_ = base::Duration::zero();
  if (!producer_) return OutboxSink::hurry();
  backoff_.reset();
  return {};
}

// Passwords and certificates may be others now.
Result<void> KafkaSink::reopen() {
  encoder_.reopen(report_);
  if (life_.is_ending()) return {};
  if (!producer_) return hurry();
  leave(base::Duration::zero(), away_since_.has_value());
  return {};
}

// ---- the producer

Result<void> KafkaSink::connect() {
  leaving_ = false;
  if (!away_since_) away_since_ = base::now();
  const auto properties = TRY(options_.read_properties());
  producer_ = TRY(Producer::create(loop_, properties, options_.origin, static_cast<Producer::Owner&>(*this), report_));
  look_.start(kLookEvery);
  return {};
}

void KafkaSink::try_to_connect() {
  const auto connected = connect();
  if (connected) return send();
  closed_ = true;
  failure_ = connected.error().text();
  warn();
  pause_for(kSlowly);
}

// librdkafka does not say when it has reached a cluster.
void KafkaSink::look() {
  if (!producer_ || leaving_) return;
  if (!producer_->reached()) return look_.start(kLookEvery);
  if (!lost_) away_since_.reset();
}

// Another one follows, when this one has given back all that it has: at once, or when that is stored.
void KafkaSink::leave(base::Duration pause, bool at_once) {
  leaving_ = true;
  pause_time_ = pause;
  if (at_once) {
    for (auto flight = flights_.begin(); flight != flights_.end();) {
      const auto next = std::next(flight);
      for (; flight->sent < flight->load->count(); ++flight->sent)
        flight->failed.emplace_back(flight->sent, Producer::purged_error());
      if (flight->open == 0) land(flight);
      flight = next;
    }
    producer_->purge();
  }
  if (flights_.empty()) pause_.start(base::Duration::zero());  // not from within the producer
}

void KafkaSink::leave_when_empty() {
  if (!leaving_ || !producer_ || !flights_.empty()) return;
  producer_.reset();
  if (finished()) return;
  pause_for(pause_time_);
}

void KafkaSink::lose(Meaning meaning, const std::string& reason) {
  if (!away_since_) away_since_ = base::now();
  lost_ = true;
  failure_ = place() + ": " + reason;
  closed_ = meaning == Meaning::closed;
  warn();
  if (leaving_) return;
  leave(closed_ ? std::max(backoff_.next(), kSlowly) : backoff_.next(), true);
}

void KafkaSink::troubled(const ::kafka::Trouble& trouble) {
  using Kind = ::kafka::Trouble::Kind;
  if (trouble.kind == Kind::fatal) return lose(Meaning::again, trouble.reason);
  if (trouble.kind == Kind::passing) {
    hint_ = trouble.reason;
    return;
  }
  if (!away_since_) away_since_ = base::now();
  closed_ = trouble.kind == Kind::mend;
  failure_ = place() + ": " + (trouble.kind == Kind::away && !hint_.empty() ? hint_ : trouble.reason);
  if (closed_) hint_ = trouble.reason;
  warn();
}

// ---- sending

void KafkaSink::send() {
  while (!error_ && !finished() && producer_ && !leaving_) {
    if (!flights_.empty() && flights_.back().sent < flights_.back().load->count() && !produce(flights_.back())) return;
    std::unique_ptr<Load> load = next_load();
    if (!load) return;
    if (load->tries > 0 && load->count() > 1) {  // one of its messages was refused
      load->tries = 0;
      outbox_.put_back_halves(*load);
    } else if (!may_fly(*load)) {
      return outbox_.put_back(std::move(load));
    } else if (!load->refusal.empty()) {
      reject(*load);
    } else if (!producer_->has_room_for(load->target)) {
      outbox_.put_back(std::move(load));
      return leave(base::Duration::zero(), false);
    } else {
      const bool alone = load->numbers.front() <= suspect_until_;
      flights_.push_back({.load = std::move(load), .alone = alone});
      if (!produce(flights_.back())) return;
    }
  }
}

// A refusal that ends everything does not come before all that came earlier is safe.
bool KafkaSink::may_fly(const Load& load) const {
  if (flights_.empty()) return true;
  if (!load.refusal.empty()) return may_reject();
  return load.numbers.front() > suspect_until_ && !flights_.front().alone;
}

// False: it is not wholly with librdkafka, or not any more.
bool KafkaSink::produce(Flight& flight) {
  while (flight.sent < flight.load->count()) {
    const auto [count, error] = producer_->produce(*flight.load, flight.sent, &flight);
    flight.sent += count;
    flight.open += count;
    if (error == 0) break;
    if (Producer::is_full(error)) return false;
    flight.failed.emplace_back(flight.sent++, error);
    if (meaning_of(error) != Meaning::refused) {
      lose(meaning_of(error), reason_of(error));
      return false;
    }
    flight.at_once = true;
  }
  if (flight.open > 0) return true;
  const auto at = std::ranges::find(flights_, &flight, [](const Flight& one) { return &one; });
  land(at);
  return true;
}

void KafkaSink::delivered(std::span<const Delivery> deliveries) {
  for (const Delivery& delivery : deliveries) {
    Flight& flight = *static_cast<Flight*>(delivery.tag);
    if (delivery.error != 0) flight.failed.emplace_back(index_of(*flight.load, delivery.value), delivery.error);
    if (--flight.open > 0 || flight.sent < flight.load->count()) continue;
    land(std::ranges::find(flights_, &flight, [](const Flight& one) { return &one; }));
  }
}

void KafkaSink::settled() {
  leave_when_empty();
  progressed();
  send();
}

// All its records are reported.
void KafkaSink::land(Flights::iterator at) {
  Flight flight = std::move(*at);
  flights_.erase(at);
  if (!flight.failed.empty()) return sort_out(std::move(flight));
  outbox_.taken(std::move(flight.load));
  succeeded();
}

void KafkaSink::sort_out(Flight flight) {
  std::ranges::sort(flight.failed);
  std::vector<std::size_t> again;
  std::vector<std::pair<std::size_t, std::string>> refused;
  std::optional<int> lost;
  const bool certain = flight.load->count() == 1 && (flight.alone || flight.at_once);
  flight.load->tries = 0;
  for (const auto& [index, error] : flight.failed) {
    const bool is_refused = meaning_of(error) == Meaning::refused;
    if (is_refused && certain) {
      refused.emplace_back(index, reason_of(error));
      continue;
    }
    again.push_back(index);
    if (is_refused) {
      flight.load->tries = 1;
      suspect_until_ = std::max(suspect_until_, flight.load->numbers[index]);
    } else if (!lost || meaning_of(error) == Meaning::closed) {
      lost = error;
    }
  }
  outbox_.put_back_each(*flight.load, again, refused);
  if (lost && !leaving_) lose(meaning_of(*lost), reason_of(*lost));
}

// ---- how it stands

// Of a cluster that is away people are told once; what they have to mend may be several things, one after the other.
void KafkaSink::warn() {
  if (!told_.empty() && (!closed_ || told_ == failure_)) return;
  told_ = failure_;
  report_(base::Level::warning, failure_ + "; trying again" + (closed_ ? " now and then" : "") + waits());
}

void KafkaSink::succeeded() {
  if (leaving_) return;  // a record that was stored before this producer failed
  away_since_.reset();
  backoff_.reset();
  closed_ = lost_ = false;
  failure_.clear();
  hint_.clear();
  if (!std::exchange(told_, {}).empty()) report_(base::Level::note, place() + ": the cluster takes messages again");
}

// The producer goes with this object: it may be what calls now.
void KafkaSink::closed_down() {
  look_.stop();
}

std::string KafkaSink::state() const {
  const std::string counts = ", " + base::count_of(waiting(), "message") + " waiting";
  if (producer_) return (away_since_ ? "connecting to " : "connected to ") + options_.cluster + counts;
  return pausing() + counts;
}

}  // namespace logsend::kafka
