// Sessions: somebody asks for one, and whoever has its URL is sent what it shows. And a channel's last messages at
// once.
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/uuid.h"
#include "hub/answers.h"
#include "hub/hub.h"
#include "hub/json.h"
#include "hub/recent.h"
#include "hub/route.h"
#include "hub/tails.h"

namespace hub {
namespace {

using http::Response;
using Asked = std::shared_ptr<const Call>;

// "https://hub.example:8601": where the client has reached the hub, as it says itself.
std::string own_address(const Call& call) {
  const bool tls = call.sender && call.sender->protocol == "https";
  const auto scheme = call.request.header("X-Forwarded-Proto").value_or(tls ? "https" : "http");
  return std::string(scheme == "https" ? "https" : "http") + "://" +
         std::string(call.request.header("Host").value_or("localhost"));
}

base::Result<Session> session_of(const Call& call) {
  auto session = parse_session(call.request.body);
  if (!session) return refusal(400, session.error().why);
  return session;
}

// Gives its URL.
void add_session(Hub& hub, const Asked& call, const base::Result<Session>& session, const Done<std::string>& done) {
  if (!session) return done(tl::unexpected(session.error()));
  const auto uuid = base::new_uuid();
  if (!uuid) return done(tl::unexpected(uuid.error()));
  hub.tails().sessions().add(*uuid, *session, [call, uuid = *uuid, done](const base::Result<>& added) {
    added ? done(own_address(*call) + "/sessions/" + uuid) : done(tl::unexpected(added.error()));
  });
}

void post_session(Hub& hub, Asked call) {
  add_session(hub, call, session_of(*call), [&hub, call](const base::Result<std::string>& url) {
    if (!url) return hub.answer(*call, text_failure(url.error()));
    Response response = Response::text(201, *url);
    response.body = *url;  // and nothing behind it
    hub.answer(*call, std::move(response));
  });
}

void post_session_v2(Hub& hub, Asked call) {
  add_session(hub, call, session_of(*call), [&hub, call](const base::Result<std::string>& url) {
    if (!url) return hub.answer(*call, json_failure(url.error()));
    hub.answer(*call, Response::json(201, json_object({{"url", json_text(*url)}})));
  });
}

void post_session_v3(Hub& hub, Asked call) {
  const auto session = session_of(*call);
  if (!session) return hub.answer(*call, json_failure(session.error()));
  const auto answer = [&hub, call](const base::Result<std::string>& url) {
    if (!url) return hub.answer(*call, json_failure(url.error()));
    Response response = Response::json(201, json_object({{"url", json_text(*url)}}));
    hub.answer(*call, with_header(std::move(response), "Location", *url));
  };
  hub.store().find(session->channel, [&hub, call, answer, session = *session](const base::Result<Found>& found) {
    if (!found) return answer(tl::unexpected(found.error()));
    if (*found == nullptr) return answer(refusal(422, "unknown channel"));
    add_session(hub, call, session, answer);
  });
}

// Messages are text, whatever they look like: no browser may take them for a page.
Response stream_head(const Channel& channel, bool events) {
  Response head;
  head.headers = {{"Content-Type", events ? "text/event-stream" : "text/plain; charset=utf-8"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Cache-Control", "no-store"},
                  {"X-Accel-Buffering", "no"}};
  if (channel.no_store) head.headers.push_back({"X-Heroku-Warning", "the messages of this channel are not kept"});
  return head;
}

TailRequest tail_request(const Call& call, const Session& session, const Channel& channel) {
  const auto accept = call.request.header("Accept");
  TailRequest request{.channel = channel.id,
                      .filter = session.filter,
                      .lines = channel.no_store ? 0 : session.lines,
                      .follow = session.follow && !channel.no_tail,
                      .events = accept && accept->find("text/event-stream") != accept->npos};
  const auto seen = call.request.header("Last-Event-ID");
  if (seen && !channel.no_store && is_message_id(*seen)) request.after = *seen;
  if (session.follow && channel.no_tail) request.farewell = tail_forbidden(base::wall_now());
  return request;
}

void show_session(Hub& hub, const Asked& call, const Session& session) {
  hub.store().find(session.channel, [&hub, call, session](const base::Result<Found>& found) {
    if (!found) return hub.answer(*call, text_failure(found.error()));
    if (*found == nullptr) return hub.answer(*call, Response::text(404, "Not found"));
    TailRequest request = tail_request(*call, session, **found);
    const Response head = stream_head(**found, request.events);
    auto wake = [&hub, exchange = call->exchange] { hub.server().wake(exchange); };
    hub.stream(*call, head, hub.tails().open(call->arguments[0], std::move(request), std::move(wake)));
  });
}

void get_session(Hub& hub, Asked call) {
  hub.tails().sessions().use(call->arguments[0], [&hub, call](const base::Result<std::optional<Session>>& session) {
    if (!session) return hub.answer(*call, text_failure(session.error()));
    if (!*session) return hub.answer(*call, Response::text(404, "Not found"));
    show_session(hub, call, **session);
  });
}

void get_logs(Hub& hub, Asked call) {
  constexpr std::uint64_t kUsual = 100;
  const auto asked = call->request.parameter("num");
  const std::uint64_t most = asked ? base::parse_number(*asked).value_or(kUsual) : kUsual;
  const std::string& id = call->arguments[0];
  hub.store().find(id, [&hub, call, id, most](const base::Result<Found>& found) {
    if (!found) return hub.answer(*call, json_failure(found.error()));
    if (*found == nullptr) return hub.answer(*call, json_failure(refusal(404, "not found").value()));
    read_recent(hub.store(), id, most, [&hub, call](base::Result<Recent> recent) {
      if (!recent) return hub.answer(*call, json_failure(recent.error()));
      Response response{.status = 200, .body = std::move(recent->frames)};
      response.headers = {{"Content-Type", "application/logplex-1"},
                          {"Logplex-Msg-Count", std::to_string(recent->count)}};
      hub.answer(*call, std::move(response));
    });
  });
}

constexpr Route kSessions[] = {
    {"POST", "/sessions", Part::sessions, Needs::read_api, post_session},
    {"POST", "/v2/sessions", Part::sessions, Needs::read_api, post_session_v2},
    {"POST", "/v2/canary-sessions", Part::sessions, Needs::read_api, post_session_v2},
    {"POST", "/v3/sessions", Part::sessions, Needs::read_api, post_session_v3},
    {"GET", "/sessions/*", Part::sessions, Needs::nothing, get_session},
    {"GET", "/v3/channels/*/logs", Part::api, Needs::read_api, get_logs},
};

}  // namespace

std::span<const Route> session_routes() {
  return kSessions;
}

}  // namespace hub
