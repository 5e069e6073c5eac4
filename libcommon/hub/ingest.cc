#include "hub/ingest.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/units.h"
#include "codec/logplex.h"
#include "event/loop.h"
#include "hub/answers.h"
#include "hub/cooking.h"
#include "hub/hub.h"
#include "hub/json.h"

namespace hub {
namespace {

using http::Response;
using Posted = std::shared_ptr<const Call>;

constexpr base::Duration kPatience = std::chrono::seconds(4);  // log-shuttle and Heroku's drains give up after 5

Response unauthorized() {
  return with_header(Response::text(401, "Not Authorized"), "WWW-Authenticate", "Basic realm=Logplex");
}

bool is_logplex(const http::Request& request) {
  const std::string type = request.content_type();
  return type == "application/logplex-1" || type == "application/x-logplex-1";
}

// The messages of a request, or why there are none.
tl::expected<stream::Batch, Response> messages_of_body(const http::Request& request, std::size_t most) {
  if (!is_logplex(request))
    return tl::unexpected(Response::text(415,
                                         "the content type is neither application/logplex-1 nor "
                                         "application/x-logplex-1"));
  stream::Batch messages;
  if (const auto parsed = codec::parse_logplex(request.body, messages); !parsed)
    return tl::unexpected(Response::text(400, "Malformed log messages: " + parsed.error().why));
  if (const auto said = request.header("Logplex-Msg-Count")) {
    const auto count = base::parse_number(*said);
    if (!count || *count != messages.count()) return tl::unexpected(Response::text(400, "Message count mismatch"));
  }
  const auto longest = std::ranges::max_element(messages.lengths());
  if (longest != messages.lengths().end() && *longest > most)
    return tl::unexpected(Response::text(413, "a message has " + std::to_string(*longest) + " bytes; " +
                                                  std::to_string(most) + " are allowed (--max-message)"));
  return messages;
}

// Tenants are not told more; the hub reports the error itself.
Response failure_of(const base::Error& error) {
  if (error.kind == base::Kind::usage) return Response::text(413, "a message is larger than its channel may be");
  if (error.kind == base::Kind::io)
    return with_header(Response::text(507, "the disk of a channel is full or fails"), "Retry-After", "1");
  return with_header(Response::text(503, "a channel takes no messages at the moment"), "Retry-After", "1");
}

std::string list_of(const std::vector<std::size_t>& numbers) {
  std::vector<std::string> texts;
  texts.reserve(numbers.size());
  for (const std::size_t number : numbers) texts.push_back(std::to_string(number));
  return json_list(texts);
}

}  // namespace

// A request on its way.
struct Ingest::Delivery {
  Posted call;
  stream::Batch messages;               // as they came; until they are routed
  std::map<std::string, Found> owners;  // of the tokens in them; null: there is none
  std::vector<std::size_t> malformed;   // places of messages that are refused
  std::vector<std::size_t> unknown;
  std::size_t waiting = 0;  // lookups, then appends
  std::optional<base::Error> error;
  std::optional<event::Timer> due;
  bool answered = false;
};

void Ingest::take_for_token(const Posted& call, const std::string& token) {
  hub_.store().find_token(token, [this, call, token](const base::Result<Found>& found) {
    if (!found) return hub_.answer(*call, text_failure(found.error()));
    if (*found == nullptr) return hub_.answer(*call, unauthorized());
    auto messages = messages_of_body(call->request, hub_.options().max_message);
    if (!messages) return hub_.answer(*call, messages.error());
    const std::string* const name = (*found)->name_of(token);
    stream::Batch cooked;
    std::string space;
    messages->for_each([&](std::size_t, std::string_view message) {
      space.clear();
      append_cooked(space, message, token, name == nullptr ? token : *name);
      cooked.append(space);
    });
    const auto delivery = std::make_shared<Delivery>();
    delivery->call = call;
    delivery->waiting = 1;
    if (!cooked.empty()) append(delivery, *found, std::move(cooked));
    settle(delivery, {});
  });
}

void Ingest::take_for_any(const Posted& call) {
  auto messages = messages_of_body(call->request, hub_.options().max_message);
  if (!messages) return hub_.answer(*call, messages.error());
  const auto delivery = std::make_shared<Delivery>();
  delivery->call = call;
  delivery->messages = std::move(*messages);
  delivery->messages.for_each([&delivery](std::size_t place, std::string_view message) {
    const std::string_view token = token_in(message);
    if (token.empty())
      delivery->malformed.push_back(place);
    else
      delivery->owners.emplace(token, nullptr);
  });
  // Answers may come at once: the last of them must be the last that is waited for.
  delivery->waiting = delivery->owners.size() + 1;
  const auto looked_up = [this, delivery](Found* owner, const base::Result<Found>& found) {
    if (!found && !delivery->error) delivery->error = found.error();
    if (found && owner != nullptr) *owner = *found;
    if (--delivery->waiting == 0) route(delivery);
  };
  for (auto& [token, owner] : delivery->owners)
    hub_.store().find_token(token,
                            [looked_up, place = &owner](const base::Result<Found>& found) { looked_up(place, found); });
  looked_up(nullptr, Found());
}

// Each message to its channel, in their order.
void Ingest::route(const Delivering& delivery) {
  if (delivery->error) return hub_.answer(*delivery->call, text_failure(*delivery->error));
  std::map<std::string, std::pair<Found, stream::Batch>> parcels;
  std::string space;
  delivery->messages.for_each([&](std::size_t place, std::string_view message) {
    const std::string_view token = token_in(message);
    if (token.empty()) return;
    const Found& owner = delivery->owners.find(std::string(token))->second;
    const std::string* const name = owner ? owner->name_of(token) : nullptr;
    if (name == nullptr) return delivery->unknown.push_back(place);
    auto& [channel, messages] = parcels[owner->id];
    channel = owner;
    space.clear();
    append_cooked(space, message, token, *name);
    messages.append(space);
  });
  counters_.malformed += delivery->malformed.size();
  counters_.unknown_token += delivery->unknown.size();
  delivery->messages = {};
  delivery->owners.clear();
  delivery->waiting = 1;
  for (auto& [id, parcel] : parcels) append(delivery, parcel.first, std::move(parcel.second));
  settle(delivery, {});
}

void Ingest::append(const Delivering& delivery, const Found& channel, stream::Batch messages) {
  ++delivery->waiting;
  const auto frame = delivery->call->request.header("Logplex-Frame-Id");
  const auto before = frame ? repetitions_.find(channel->id, std::string(*frame)) : std::nullopt;
  if (before) {
    counters_.repeated += messages.count();
    const auto same = under_way_.find(*before);
    if (same == under_way_.end()) return settle(delivery, {});
    same->second.emplace_back([this, delivery](const base::Result<void>& result) { settle(delivery, result); });
    return;
  }
  const std::uint64_t number = ++last_append_;
  under_way_[number].emplace_back([this, delivery](const base::Result<void>& result) { settle(delivery, result); });
  if (frame) repetitions_.remember(channel->id, std::string(*frame), number);
  const std::size_t bytes = messages.bytes();
  const std::size_t count = messages.count();
  held_ += bytes;
  hub_.store().append(channel->id, std::move(messages),
                      [this, number, bytes, count, id = channel->id,
                       frame = frame ? std::string(*frame) : std::string()](const base::Result<void>& result) {
                        const bool was_full = !has_room();
                        held_ -= bytes;
                        (result ? counters_.messages : counters_.failed) += count;
                        if (result) taken_[id] += count;
                        if (!result && !frame.empty()) repetitions_.forget(id, frame);
                        stored(id, number, result);
                        if (was_full) hub_.server().resume([this] { return has_room(); });
                      });
}

void Ingest::stored(const std::string& id, std::uint64_t number, const base::Result<void>& result) {
  if (!result) hub_.report_trouble(id, result.error());
  auto waiters = under_way_.extract(number);
  for (const Waiter& waiter : waiters.mapped()) waiter(result);
}

// One thing less to wait for. While there are others, the client does not wait for ever.
void Ingest::settle(const Delivering& delivery, const base::Result<void>& result) {
  if (!result && !delivery->error) delivery->error = result.error();
  if (--delivery->waiting == 0) {
    delivery->due.reset();
    if (!delivery->error) return answer(*delivery, {.status = 204});
    return answer(*delivery, failure_of(*delivery->error));
  }
  if (delivery->due) return;
  delivery->due.emplace(hub_.loop(), [this, weak = std::weak_ptr(delivery)] {
    if (const auto late = weak.lock())
      answer(*late, with_header(Response::text(503, "the messages are not safe yet"), "Retry-After", "1"));
  });
  delivery->due->start(kPatience);
}

void Ingest::answer(Delivery& delivery, Response response) {
  if (std::exchange(delivery.answered, true)) return;
  ++counters_.requests;
  const std::size_t refused = delivery.malformed.size() + delivery.unknown.size();
  if (response.status == 204 && refused > 0)
    response =
        Response::json(422, json_object({{"error", json_text(base::count_of(refused, "message") +
                                                             " had no token of a channel; all others were taken")},
                                         {"malformed", list_of(delivery.malformed)},
                                         {"unknown_token", list_of(delivery.unknown)}}));
  hub_.answer(*delivery.call, std::move(response));
}

std::uint64_t Ingest::messages_of(const std::string& channel) const {
  const auto found = taken_.find(channel);
  return found == taken_.end() ? 0 : found->second;
}

// ---- the routes

namespace {

void post_logs(Hub& hub, Posted call) {
  const auto login = http::login_of(call->request);
  if (login && login->user == "token") return hub.ingest().take_for_token(call, login->password);
  hub.ingest().take_for_any(call);  // refuse() has looked at the credential
}

constexpr Route kLogs[] = {{"POST", "/logs", Part::logs, Needs::token, post_logs}};

}  // namespace

std::span<const Route> log_routes() {
  return kLogs;
}

}  // namespace hub
