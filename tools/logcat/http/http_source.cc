#include "tools/logcat/http/http_source.h"

#include <algorithm>
#include <utility>

#include "tools/logcat/http/hec.h"
#include "tools/logcat/http/refusal.h"

namespace logcat {
namespace {

using http::Request;
using http::Response;

constexpr base::Duration kPatience = std::chrono::seconds(25);
constexpr base::Duration kLogplexPatience = std::chrono::seconds(4);  // its senders give up after 5

Response with_header(Response response, std::string name, std::string value) {
  response.headers.push_back({std::move(name), std::move(value)});
  return response;
}

Response try_again(const std::string& why) {
  return with_header(Response::text(503, why), "Retry-After", "1");
}

bool carries_messages(const Request& request) {
  return request.method == "POST" || request.method == "PUT";
}

// Each proxy adds at the end of X-Forwarded-For whom it has heard: from there on back, the first that is no proxy of
// ours. What stands before that anybody may have written.
std::string forwarded_for(const Request& request, const std::string& peer, const std::vector<std::string>& proxies) {
  std::string address = peer;
  std::string_view left = request.header("X-Forwarded-For").value_or("");
  while (!left.empty() && std::ranges::find(proxies, address) != proxies.end()) {
    const auto comma = left.rfind(',');
    std::string_view last = left.substr(comma == left.npos ? 0 : comma + 1);
    left = comma == left.npos ? std::string_view() : left.substr(0, comma);
    last.remove_prefix(std::min(last.find_first_not_of(" \t"), last.size()));
    last = last.substr(0, last.find_last_not_of(" \t") + 1);
    if (last.empty() || last.find_first_not_of("0123456789abcdefABCDEF.:") != last.npos) break;
    address = last;
  }
  return address;
}

// By which a sender marks a request that it may repeat.
std::optional<std::string_view> repetition_id(const Request& request) {
  for (const char* name : {"Logplex-Frame-Id", "Idempotency-Key"})
    if (const auto id = request.header(name); id && !id->empty()) return id;
  return std::nullopt;
}

}  // namespace

HttpSource::HttpSource(event::Loop& loop, HttpSourceOptions options, base::Report report)
    : options_(std::move(options)),
      report_(std::move(report)),
      overdue_(loop, [this] { answer_overdue(); }),
      wake_(loop, [] {}) {}

base::Result<std::unique_ptr<HttpSource>> HttpSource::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                           HttpSourceOptions options, base::Report report) {
  std::unique_ptr<HttpSource> source(new HttpSource(loop, std::move(options), report));
  TRY(source->read_tokens());
  source->server_ = TRY(http::Server::open(loop, urls, source->options_.server, *source, std::move(report)));
  return source;
}

base::Result<void> HttpSource::read_tokens() {
  if (options_.tokens.empty()) return {};
  if (tokens_) return tokens_->reread();
  tokens_ = TRY(http::RereadFile<http::Tokens>::open(options_.tokens));
  return {};
}

base::Result<void> HttpSource::reopen() {
  auto tokens = read_tokens();
  TRY(server_->reload_certificates());
  return tokens;
}

base::Result<stream::Next> HttpSource::read(stream::Batch& batch, std::size_t limit) {
  if (staged_.empty() && !stopped_) server_->resume([this] { return !staged_.full(); });
  if (staged_.empty()) return stopped_ ? stream::Next::end : stream::Next::wait;
  staged_.give(batch, limit);
  return stream::Next::more;
}

base::Result<void> HttpSource::acknowledge(std::uint64_t count) {
  safe_ = count;
  for (; !pending_.empty() && pending_.front().last <= count; pending_.pop_front())
    if (!pending_.front().answered) answer(pending_.front());
  return {};
}

void HttpSource::answer(const Pending& pending) {
  server_->answer(pending.exchange, pending.wants_ack ? hec_acknowledged(standing_.acks.give()) : pending.answer);
}

void HttpSource::stop() {
  if (std::exchange(stopped_, true)) return;
  server_->stop();
}

bool HttpSource::reject(std::uint64_t position, std::string_view reason) {
  const auto pending = std::ranges::lower_bound(pending_, position, {}, &Pending::last);
  if (pending == pending_.end() || pending->answered) return false;
  pending->wants_ack = false;
  pending->answer = Response::text(422, "a message was not taken, and the others were: " + std::string(reason));
  return true;
}

std::optional<Response> HttpSource::refuse(const Request& head) {
  if (!carries_messages(head)) return std::nullopt;
  const Api* api = find_api(head, options_.api);
  if (auto refusal = unauthorized(head)) return in_words_of(api == nullptr ? "" : api->name, std::move(*refusal));
  if (answer_directly(head, standing_)) return std::nullopt;
  if (api == nullptr)
    return Response::text(415,
                          "neither the path nor the content type says how to read this; known content types are "
                          "application/x-ndjson, application/json, text/plain, application/logplex-1 and "
                          "application/octet-stream");
  const std::string why = trouble(options_.answer_timeout.value_or(kPatience));
  return why.empty() ? std::nullopt : std::optional(in_words_of(api->name, try_again(why)));
}

bool HttpSource::has_room(const Request& head) const {
  return !staged_.full() || !carries_messages(head);
}

std::optional<Response> HttpSource::unauthorized(const Request& request) {
  if (!tokens_) return std::nullopt;
  if (const auto read = tokens_->refresh(base::now()); !read)
    report_(base::Level::error, read.error().text() + "; what was read before stays in use");
  if (tokens_->contents().name_of(request)) return std::nullopt;
  return with_header(Response::text(401, "a token is needed that is known here"), "WWW-Authenticate",
                     "Basic realm=\"logpipe\"");
}

std::string HttpSource::trouble(base::Duration patience) const {
  if (stopped_) return "the server is stopping";
  const auto since = sink_full_since();
  if (!since || base::now() - *since < patience) return {};
  return "the sink has taken no messages for " + base::format_duration(base::now() - *since);
}

// What needs no messages to be safe.
std::optional<Response> HttpSource::answer_at_once(const Request& request) {
  standing_.trouble = trouble(std::chrono::seconds(1));
  if (auto answer = answer_directly(request, standing_)) {
    if (answer->status == 503) return with_header(std::move(*answer), "Retry-After", "1");
    return answer;
  }
  if (request.method == "OPTIONS") return with_header({.status = 204}, "Allow", "POST, PUT, OPTIONS");
  if (!carries_messages(request))
    return with_header(Response::text(405, "messages come by POST or PUT"), "Allow", "POST, PUT, OPTIONS");
  return std::nullopt;
}

void HttpSource::serve(http::Exchange exchange, Request request, std::shared_ptr<const net::Peer> sender) {
  if (const auto answer = answer_at_once(request)) {
    server_->answer(exchange, *answer);
    return;
  }
  // Again, because the tokens may have changed since the head came.
  if (const auto refusal = refuse(request)) {
    server_->answer(exchange, *refusal);
    return;
  }
  take(exchange, request, *find_api(request, options_.api), sender_of(request, std::move(sender)));
}

std::shared_ptr<const net::Peer> HttpSource::sender_of(const Request& request,
                                                       std::shared_ptr<const net::Peer> peer) const {
  const std::string address = forwarded_for(request, peer->address, options_.proxies);
  if (!tokens_ && address == peer->address) return peer;
  net::Peer sender = *peer;
  sender.address = address;
  if (tokens_) sender.identity = sender.token_name = *tokens_->contents().name_of(request);
  return std::make_shared<const net::Peer>(std::move(sender));
}

void HttpSource::take(const http::Exchange& exchange, const Request& request, const Api& api,
                      std::shared_ptr<const net::Peer> sender) {
  auto intake = api.take_apart(request, {.message = options_.max_message, .body = options_.server.limits.body});
  if (!intake) {
    server_->answer(exchange, intake.error());
    return;
  }
  if (options_.response_status) intake->answer.status = *options_.response_status;
  Pending pending{.exchange = exchange,
                  .last = safe_,
                  .answer = std::move(intake->answer),
                  .wants_ack = intake->wants_ack,
                  .api = api.name,
                  .due = base::now() + patience(api)};
  const auto id = repetition_id(request);
  const std::string& name = sender->identity.empty() ? sender->address : sender->identity;
  const auto before = id ? repetitions_.find(name, std::string(*id)) : std::nullopt;
  if (before) {
    pending.last = *before;
  } else if (!intake->messages.empty()) {
    const stream::Batch& messages = intake->messages;
    staged_.batch().append_block(messages.block(), messages.lengths(), messages.has_inner_lf());
    taken_ += messages.count();
    peer_log_.add(taken_, std::move(sender));
    pending.last = taken_;
    if (id) repetitions_.remember(name, std::string(*id), taken_);
    wake_.start(base::Duration::zero());
  }
  expect(std::move(pending));
}

void HttpSource::expect(Pending pending) {
  if (pending.last <= safe_) return answer(pending);
  if (!overdue_.active() || pending.due < next_due_) watch_until(pending.due);
  pending_.insert(std::ranges::upper_bound(pending_, pending.last, {}, &Pending::last), std::move(pending));
}

void HttpSource::answer_overdue() {
  const base::Instant now = base::now();
  std::optional<base::Instant> next;
  for (Pending& pending : pending_) {
    if (pending.answered) continue;
    if (pending.due <= now) {
      pending.answered = true;
      server_->answer(pending.exchange, in_words_of(pending.api, try_again("the messages are not safe yet")));
    } else if (!next || pending.due < *next) {
      next = pending.due;
    }
  }
  if (next) watch_until(*next);
}

void HttpSource::watch_until(base::Instant due) {
  next_due_ = due;
  overdue_.start(due - base::now());
}

base::Duration HttpSource::patience(const Api& api) const {
  if (options_.answer_timeout) return *options_.answer_timeout;
  return api.name == "logplex" ? kLogplexPatience : kPatience;
}

}  // namespace logcat
