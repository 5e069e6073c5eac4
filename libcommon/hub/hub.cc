#include "hub/hub.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/uuid.h"
#include "hub/answers.h"
#include "hub/drains.h"
#include "hub/ingest.h"
#include "hub/origin.h"
#include "hub/search.h"
#include "hub/tails.h"

namespace hub {
namespace {

using http::Request;
using http::Response;

std::array<std::span<const Route>, 9> tables() {
  return {log_routes(),   v3_routes(),       legacy_routes(), metrics_routes(), session_routes(),
          drain_routes(), overview_routes(), search_routes(), page_routes()};
}

std::string_view method_of(const Request& request) {
  return request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
}

struct Chosen {
  const Route* route = nullptr;
  std::vector<std::string> arguments;
  std::string methods;  // that the path has: "GET, PUT"
};

Chosen choose(const Request& request) {
  Chosen chosen;
  for (const std::span<const Route> table : tables()) {
    for (const Route& route : table) {
      auto arguments = match(route.pattern, request.path());
      if (!arguments) continue;
      if (route.method == method_of(request)) {
        chosen.route = &route;
        chosen.arguments = std::move(*arguments);
        return chosen;
      }
      if (chosen.methods.find(route.method) == std::string::npos)
        chosen.methods.append(chosen.methods.empty() ? "" : ", ").append(route.method);
    }
  }
  return chosen;
}

Response refusal_of(const Route& route, unsigned status, const std::string& why) {
  if (route.pattern.starts_with("/v3/")) return json_failure(refusal(status, why).value());
  return text_failure(refusal(status, why).value());
}

// What a client calls its request, where that is a plain word.
std::string request_id_of(const Request& request) {
  constexpr std::size_t kLongest = 128;
  for (const char* name : {"Request-Id", "X-Request-Id"}) {
    const auto id = request.header(name);
    const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
    if (id && !id->empty() && id->size() <= kLongest && std::ranges::all_of(*id, is_plain)) return std::string(*id);
  }
  return base::new_uuid().value_or("");
}

}  // namespace

Hub::Hub(event::Loop& loop, Store& store, HubOptions options, base::Report report)
    : loop_(loop), store_(store), options_(std::move(options)), report_(std::move(report)) {}

Hub::~Hub() = default;

base::Result<std::unique_ptr<Hub>> Hub::open(event::Loop& loop, Store& store, const std::vector<net::Url>& urls,
                                             HubOptions options, base::Report report) {
  std::unique_ptr<Hub> hub(new Hub(loop, store, std::move(options), report));
  if (!hub->options_.credentials.empty())
    hub->credentials_ = TRY(http::RereadFile<Credentials>::open(hub->options_.credentials));
  hub->tails_ = std::make_unique<Tails>(loop, store, hub->options_.session_store);
  hub->ingest_ = std::make_unique<Ingest>(*hub);
  hub->searches_ = std::make_unique<Searches>(store);
  store.on_change([ingest = hub->ingest_.get()](const std::string& id, const Found& channel) {
    if (!channel) ingest->forget(id);
  });
  hub->server_ = TRY(http::Server::open(loop, urls, hub->options_.server, *hub, report));
  if (DrainSource* source = hub->options_.drain_source)
    hub->drains_ = std::make_unique<Drains>(loop, store, *source, hub->options_.sending, std::move(report));
  return hub;
}

// ---- requests

const Credential* Hub::credential_of(const Request& request) {
  if (!credentials_) return nullptr;
  if (const auto read = credentials_->refresh(base::now()); !read)
    report_(base::Level::error, read.error().text() + "; what was read before stays in use");
  const auto login = http::login_of(request);
  return login ? credentials_->contents().find(*login) : nullptr;
}

Mode Hub::mode_of(Part part) const {
  switch (part) {
    case Part::logs:
      return options_.logs;
    case Part::sessions:
      return options_.sessions;
    case Part::api:
      return options_.api;
    case Part::legacy_api:
      return options_.legacy_api;
    case Part::always:
      break;
  }
  return Mode::normal;
}

std::optional<Response> Hub::unauthorized(const Route& route, const Request& request) {
  if (route.needs == Needs::nothing || (options_.open && route.needs != Needs::token)) return std::nullopt;
  const auto login = http::login_of(request);
  if (route.needs == Needs::token && login && login->user == "token" && login->password.starts_with("t."))
    return std::nullopt;  // whether a channel has it the store knows
  const Credential* const credential = credential_of(request);
  if (credential == nullptr || (route.needs != Needs::token && !credential->read_api))
    return with_header(refusal_of(route, 401, "Not Authorized"), "WWW-Authenticate", "Basic realm=Logplex");
  if (route.needs == Needs::token && !credential->any_channel)
    return Response::text(403, "Credential not permitted to write to any channel.");
  if (route.needs == Needs::full_api && !credential->full_api)
    return refusal_of(route, 403, "this credential may only read");
  return std::nullopt;
}

bool Hub::sees_secrets(const Request& request) {
  const Credential* const credential = credential_of(request);
  return credential != nullptr && credential->full_api;
}

std::optional<Response> Hub::refuse(const Request& head) {
  if (is_foreign(head)) return Response::text(403, "a page of another site may not use this server");
  if (options_.open && !names_loopback(head))
    return Response::text(403, "without credentials this server answers to localhost and 127.0.0.1 only");
  const Chosen chosen = choose(head);
  if (chosen.route == nullptr && chosen.methods.empty()) return Response::text(404, "Not found");
  if (chosen.route == nullptr)
    return with_header(Response::text(405, "this path takes " + chosen.methods), "Allow", chosen.methods);
  const Route& route = *chosen.route;
  if (stopped_) return refusal_of(route, 503, "the hub is stopping");
  const Mode mode = mode_of(route.part);
  if (mode == Mode::disabled) return refusal_of(route, 503, "this part of the hub is shut off");
  if (mode == Mode::read_only && route.method != "GET") return refusal_of(route, 503, "changes are shut off");
  return unauthorized(route, head);
}

void Hub::serve(http::Exchange exchange, Request request, std::shared_ptr<const net::Peer> sender) {
  ++unanswered_;
  Call call{.exchange = exchange, .request = std::move(request), .sender = std::move(sender)};
  call.request_id = request_id_of(call.request);
  // Again, because credentials may have changed since the head came.
  if (auto refused = refuse(call.request)) return answer(call, std::move(*refused));
  Chosen chosen = choose(call.request);
  call.arguments = std::move(chosen.arguments);
  chosen.route->serve(*this, std::make_shared<const Call>(std::move(call)));
}

bool Hub::has_room(const Request& head) const {
  const Chosen chosen = choose(head);
  return chosen.route == nullptr || chosen.route->part != Part::logs || ingest_->has_room();
}

void Hub::answer(const Call& call, Response response) {
  --unanswered_;
  if (!call.request_id.empty()) response.headers.push_back({"Request-Id", call.request_id});
  server_->answer(call.exchange, response);
}

void Hub::stream(const Call& call, Response head, std::unique_ptr<http::Body> body) {
  --unanswered_;
  if (!call.request_id.empty()) head.headers.push_back({"Request-Id", call.request_id});
  server_->stream(call.exchange, head, std::move(body));
}

void Hub::report_trouble(const std::string& channel, const base::Error& error) {
  constexpr base::Duration kQuiet = std::chrono::seconds(10);
  const base::Instant now = base::now();
  auto& reported = reported_[channel];
  if (reported != base::Instant() && now - reported < kQuiet) return;
  if (reported_.size() > kMostReported) reported_.clear();
  reported_[channel] = now;
  report_(base::Level::error, "channel " + channel + ": " + error.text());
}

// ---- as a source

base::Result<stream::Next> Hub::read(stream::Batch& /*batch*/, std::size_t /*limit*/) {
  return stopped_ && unanswered_ == 0 && server_->settled() && (!drains_ || drains_->finished()) ? stream::Next::end
                                                                                                 : stream::Next::wait;
}

base::Result<void> Hub::acknowledge(std::uint64_t /*count*/) {
  return {};
}

void Hub::stop() {
  if (std::exchange(stopped_, true)) return;
  server_->stop();
  if (drains_) drains_->stop();
}

base::Result<void> Hub::reopen() {
  auto credentials = credentials_ ? credentials_->reread() : base::Result<void>();
  TRY(store_.reload());
  TRY(server_->reload_certificates());
  return credentials;
}

std::string Hub::state() const {
  const IngestCounters& counters = ingest_->counters();
  return base::count_of(counters.messages, "message") + " stored, " + std::to_string(counters.unknown_token) +
         " with unknown tokens; " + base::count_of(tails_->count(), "tail") + "; " + server_->state();
}

}  // namespace hub
