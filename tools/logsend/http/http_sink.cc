#include "tools/logsend/http/http_sink.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tools/logsend/http/retry_after.h"

namespace logsend::http {
namespace {

using base::Result;
using Outcomes = Verdict::Kind;

constexpr base::Duration kSlowly = std::chrono::seconds(30);  // for what somebody has to mend
constexpr std::size_t kLeastBytes = 4096;                     // of requests, however often one was too large
constexpr std::size_t kMostTokens = 1000;                     // of a question

bool is_success(int status) {
  return status >= 200 && status < 300;
}

}  // namespace

HttpSink::HttpSink(event::Loop& loop, Targets targets, std::shared_ptr<const Api> api, Encoder encoder,
                   HttpOptions options, base::Report report)
    : OutboxSink(loop, options),
      targets_(std::move(targets)),
      api_(std::move(api)),
      encoder_(std::move(encoder)),
      options_(std::move(options)),
      report_(std::move(report)),
      composer_(api_, options_.requests),
      random_(options_.seed),
      ask_(loop, [this] { ask(); }),
      idle_(loop, [this] {
        if (auto closed = client_->close_idle_connections(); !closed) error_ = std::move(closed.error());
      }) {}

Result<std::unique_ptr<HttpSink>> HttpSink::open(event::Loop& loop, Targets targets, std::shared_ptr<const Api> api,
                                                 Encoder encoder, HttpOptions options, base::Report report) {
  std::unique_ptr<HttpSink> sink(new HttpSink(loop, std::move(targets), std::move(api), std::move(encoder),
                                              std::move(options), std::move(report)));
  sink->extras_ = TRY(sink->options_.read_extras());
  sink->client_ = TRY(Client::create(loop, sink->options_.client));
  if (sink->options_.probe) sink->probe();
  return sink;
}

Result<void> HttpSink::write(const stream::Batch& batch) {
  encoder_.append(outbox_, batch, *api_, targets_, report_);
  if (outbox_.has_closed()) send();
  return {};
}

Result<void> HttpSink::reopen() {
  encoder_.reopen(report_);
  read_extras();
  client_->forget_connections();
  return hurry();
}

// ---- sending

void HttpSink::send() {
  const auto has_room = [this] { return flights_.size() < (careful_ ? 1 : options_.parallel); };
  while (!error_ && !finished() && !options_.probe && !pause_.active() && has_room()) {
    std::unique_ptr<Load> load = next_load();
    if (!load) break;
    if (load->count() > 1 && load->parts.bytes.size() > outbox_.most_bytes()) {  // from before one was too large
      outbox_.put_back_halves(*load);
    } else if (load->refusal.empty()) {
      post(std::move(load));
    } else if (may_reject() || (flights_.empty() && unconfirmed_.empty())) {
      reject(*load);
    } else {  // it ends everything: not before all that came earlier is safe
      outbox_.put_back(std::move(load));
      break;
    }
  }
  compose_next();
  wait_for_more();
  watch_idleness();
}

void HttpSink::watch_idleness() {
  if (!flights_.empty() || asking_)
    idle_.stop();
  else if (options_.idle_timeout > base::Duration::zero() && !idle_.active())
    idle_.start(options_.idle_timeout);
}

void HttpSink::post(std::unique_ptr<Load> load) {
  flights_.push_back({.load = std::move(load), .server = server_});
  const auto flight = std::prev(flights_.end());
  flight->composed = composer_.compose(*flight->load, encoder_.key_of(*flight->load));
  const Composed& composed = *flight->composed;
  client_->start(composer_.call_of(composed.request, targets_, server_, flight->load->target, composed.key, extras_),
                 [this, flight](Outcome outcome) { answered(flight, std::move(outcome)); });
}

// While the server is busy with those under way.
void HttpSink::compose_next() {
  const Load* next = flights_.empty() ? nullptr : outbox_.first();
  if (next != nullptr && next->refusal.empty()) composer_.compose_ahead(*next, encoder_.key_of(*next));
}

// ---- what came of it

void HttpSink::answered(std::list<Flight>::iterator at, Outcome outcome) {
  Verdict verdict = judge(*at, outcome);
  const Answer answer{.status = outcome.status, .headers = outcome.headers};
  const auto at_least = parse_retry_after(answer.header("retry-after"), base::wall_now());
  Flight flight = std::move(*at);
  flights_.erase(at);
  apply(std::move(flight), std::move(verdict), at_least);
  progressed();
  send();
}

Verdict HttpSink::judge(const Flight& flight, const Outcome& outcome) const {
  const auto again = [](const std::string& why) { return Verdict{.kind = Outcomes::again, .reason = why}; };
  if (!outcome.answered) return again(outcome.failure);
  const std::string status = std::to_string(outcome.status);
  if (is_success(outcome.status)) {
    if (outcome.early) return again("the server answered " + status + " before it had the whole request");
    if (outcome.cut) return again("the server answered " + status + ", and its answer was cut off: " + outcome.failure);
    if (outcome.too_long && api_->traits().judges_body)
      return flight.load->count() == 1 ? again("the answer is too long")
                                       : Verdict{.kind = Outcomes::too_large, .reason = "the answer is too long"};
  }
  const Pieces& pieces = flight.load->parts;
  return api_->judge({pieces.bytes, pieces.ends, flight.composed->key}, {.status = outcome.status,
                                                                         .reason = outcome.reason,
                                                                         .headers = outcome.headers,
                                                                         .body = outcome.body,
                                                                         .whole = !outcome.cut && !outcome.too_long});
}

void HttpSink::apply(Flight flight, Verdict verdict, std::optional<base::Duration> at_least) {
  switch (verdict.kind) {
    case Outcomes::taken:
      outbox_.taken(std::move(flight.load));
      return succeeded(flight.server);
    case Outcomes::each:
      return apply_each(flight, verdict, at_least);
    case Outcomes::later:
      unconfirmed_.push_back({std::move(flight.load), flight.server, std::move(verdict.token), base::now()});
      if (!ask_.active() && !asking_) ask_.start(kAskEvery);
      return succeeded(flight.server);
    case Outcomes::again:
    case Outcomes::closed:
      return failed(std::move(flight), verdict, at_least);
    case Outcomes::too_large:
      return too_large(std::move(flight), verdict.reason);
    case Outcomes::refused:
      away_since_.reset();
      return refused(std::move(flight.load), verdict.reason);
  }
}

void HttpSink::apply_each(const Flight& flight, const Verdict& verdict, std::optional<base::Duration> at_least) {
  std::vector<std::size_t> again;
  std::vector<std::pair<std::size_t, std::string>> refused;
  std::string reason;
  for (const Item& item : verdict.items) {
    if (item.fate == Fate::refused) {
      refused.emplace_back(item.index, item.reason);
      continue;
    }
    again.push_back(item.index);
    if (reason.empty()) reason = item.reason;
  }
  Load& load = *flight.load;
  const bool fails = again.size() == load.count();
  if (!again.empty()) ++load.tries;
  const bool drops = options_.give_up && load.tries >= *options_.give_up;
  if (!drops) {
    outbox_.put_back_each(load, again, refused);
  } else {
    given_up_ += again.size();
    report_(base::Level::error, place(flight.server) + ": " + base::count_of(again.size(), "message") +
                                    " dropped after " + base::count_of(load.tries, "request") + ": " + reason);
    outbox_.put_back_each(load, {}, refused);
  }
  if (!fails)
    away_since_.reset();
  else if (!away_since_)
    away_since_ = base::now();
  if (again.empty()) return succeeded(flight.server);
  failure_ = place(flight.server) + ": " + reason;
  warn(failure_, Told::failing);
  pause(false, at_least);
}

// Later requests are smaller from the start.
void HttpSink::too_large(Flight flight, const std::string& reason) {
  away_since_.reset();
  if (flight.load->count() == 1) return refused(std::move(flight.load), reason);
  if (const std::size_t half = flight.load->parts.bytes.size() / 2; half > kLeastBytes && half < outbox_.most_bytes())
    outbox_.limit_bytes(half);
  outbox_.put_back_halves(*flight.load);
}

void HttpSink::refused(std::unique_ptr<Load> load, const std::string& reason) {
  if (load->count() > 1) return outbox_.put_back_halves(*load);
  load->refusal = reason;
  outbox_.put_back(std::move(load));
}

// The next server gets its turn at once; after the last one there is a pause.
void HttpSink::failed(Flight flight, const Verdict& verdict, std::optional<base::Duration> at_least) {
  closed_ = verdict.kind == Outcomes::closed;
  careful_ = true;
  if (!away_since_) away_since_ = base::now();
  failure_ = place(flight.server) + ": " + verdict.reason;
  warn(failure_, closed_ ? Told::closed : Told::failing);
  ++flight.load->tries;
  if (options_.give_up && flight.load->tries >= *options_.give_up)
    drop(std::move(flight.load), failure_);
  else
    outbox_.put_back(std::move(flight.load));
  if (flight.server != server_) return;  // others have said so before
  if (++server_ < targets_.count()) return;
  server_ = 0;
  pause(closed_, at_least);
}

void HttpSink::drop(std::unique_ptr<Load> load, const std::string& reason) {
  given_up_ += load->count();
  report_(base::Level::error, reason + "; after " + base::count_of(load->tries, "request") + ", " +
                                  base::count_of(load->count(), "message") +
                                  (load->count() == 1 ? " is dropped" : " are dropped"));
  outbox_.taken(std::move(load));
}

void HttpSink::pause(bool slowly, std::optional<base::Duration> at_least) {
  base::Duration time = backoff_.next();
  if (slowly) time = std::max(time, kSlowly);
  if (at_least) time = std::max(time, *at_least);
  // Many that were told the same time do not all come back at once.
  if (slowly || at_least) time += time * static_cast<int>(random_() % 256) / 1024;
  if (pause_.active() && pause_end_ >= base::now() + time) return;
  pause_for(time);
}

void HttpSink::go_on() {
  if (closed_) read_extras();
  if (options_.probe) return probe();
  send();
}

// ---- confirmations that come later

void HttpSink::ask() {
  if (asking_ || unconfirmed_.empty()) return;
  const std::size_t server = unconfirmed_.front().server;
  std::vector<std::string> tokens;
  for (const Unconfirmed& one : unconfirmed_)
    if (one.server == server && tokens.size() < kMostTokens) tokens.push_back(one.token);
  asked_.clear();
  const Request request = api_->ask(tokens, asked_);
  Call call = composer_.call_of(request, targets_, server, unconfirmed_.front().load->target, {}, extras_);
  call.method = "POST";
  asking_ = true;
  client_->start(call, [this, tokens, server](const Outcome& outcome) { heard(tokens, server, outcome); });
}

void HttpSink::heard(const std::vector<std::string>& tokens, std::size_t server, const Outcome& outcome) {
  asking_ = false;
  std::vector<std::size_t> confirmed;
  if (outcome.answered && is_success(outcome.status) && !outcome.cut && !outcome.too_long)
    confirmed = api_->confirmed(tokens, {.status = outcome.status, .headers = outcome.headers, .body = outcome.body});
  for (const std::size_t index : confirmed) {
    const auto found = std::ranges::find_if(unconfirmed_, [&](const Unconfirmed& one) {
      return one.server == server && index < tokens.size() && one.token == tokens[index];
    });
    if (found == unconfirmed_.end()) continue;
    outbox_.taken(std::move(found->load));
    unconfirmed_.erase(found);
  }
  give_back_unconfirmed();
  if (!unconfirmed_.empty()) ask_.start(kAskEvery);
  progressed();
  send();
}

void HttpSink::give_back_unconfirmed() {
  const base::Instant before = base::now() - api_->traits().ask_for;
  while (!unconfirmed_.empty() && unconfirmed_.front().since < before) {
    Unconfirmed& first = unconfirmed_.front();
    warn(place(first.server) + ": the server did not confirm messages within " +
             base::format_duration(api_->traits().ask_for),
         Told::failing);
    outbox_.put_back(std::move(first.load));
    unconfirmed_.erase(unconfirmed_.begin());
  }
}

// ---- how it stands

void HttpSink::read_extras() {
  auto extras = options_.read_extras();
  if (extras)
    extras_ = std::move(*extras);
  else
    report_(base::Level::error, extras.error().text() + "; what was read before stays in use");
}

void HttpSink::warn(const std::string& text, Told how) {
  if (how <= told_) return;
  told_ = how;
  const bool next = targets_.count() > 1;
  report_(base::Level::warning, text + "; trying " +
                                    (next                  ? "the next"
                                     : how == Told::closed ? "again now and then"
                                                           : "again") +
                                    waits());
}

void HttpSink::succeeded(std::size_t server) {
  away_since_.reset();
  backoff_.reset();
  careful_ = closed_ = false;
  failure_.clear();
  if (std::exchange(told_, Told::nothing) != Told::nothing)
    report_(base::Level::note, place(server) + ": the server takes messages again");
}

// A sink with a fallback beside it is asked whether it can reach anything before it has messages.
void HttpSink::probe() {
  if (!away_since_) away_since_ = base::now();
  client_->probe(targets_.url(server_, "/\n"), [this](const Outcome& outcome) {
    if (outcome.answered) {
      options_.probe = false;
      succeeded(server_);
      return send();
    }
    failure_ = place(server_) + ": " + outcome.failure;
    warn(failure_, Told::failing);
    if (++server_ < targets_.count()) return probe();
    server_ = 0;
    pause(false, {});
  });
}

void HttpSink::closed_down() {
  if (given_up_ > 0)
    report_(base::Level::warning,
            base::count_of(given_up_, "message") + (given_up_ == 1 ? " was" : " were") + " dropped in all");
}

std::string HttpSink::places() const {
  std::string all;
  for (std::size_t i = 0; i < targets_.count(); ++i) all += (i == 0 ? "send to " : ", ") + targets_.text(i);
  return all;
}

std::string HttpSink::state() const {
  const std::string counts = ", " + base::count_of(waiting(), "message") + " waiting, " +
                             base::count_of(flights_.size(), "request") + " under way" +
                             (unconfirmed_.empty() ? "" : ", " + std::to_string(unconfirmed_.size()) + " to confirm");
  if (!pause_.active()) return "posting to " + targets_.text(server_) + counts;
  return pausing() + counts;
}

}  // namespace logsend::http
