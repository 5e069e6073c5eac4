// The API, version 3: /v3/channels/ID and what belongs to it. Bodies and answers are JSON.
#include <utility>

#include "hub/answers.h"
#include "hub/edits.h"
#include "hub/hub.h"
#include "hub/route.h"
#include "hub/views.h"

namespace hub {
namespace {

using Calling = std::shared_ptr<const Call>;
using http::Response;

std::string json_of(const Channel& channel) {
  JsonMembers members{{"channel", json_text(channel.id)}};
  JsonMembers tokens;
  for (const auto& [name, token] : channel.tokens) tokens.emplace_back(name, json_text(token));
  if (!tokens.empty()) members.emplace_back("tokens", json_object(tokens));
  if (const std::string drains = hub::json_of(channel.drains); drains != "[]") members.emplace_back("drains", drains);
  return json_object(members);
}

void refuse(Hub& hub, const Calling& call, const base::Error& error) {
  hub.answer(*call, json_failure(error));
}

void get_channel(Hub& hub, Calling call) {
  hub.store().find(call->arguments[0], [&hub, call](const base::Result<Found>& found) {
    if (!found) return refuse(hub, call, found.error());
    if (*found == nullptr) return refuse(hub, call, refusal(404, "not found").value());
    hub.answer(*call, Response::json(200, json_of(**found)));
  });
}

base::Result<std::vector<std::string>> token_names(const Call& call) {
  const Members payload = TRY(payload_of(call));
  return texts_member(payload, "tokens");
}

void put_channel(Hub& hub, Calling call) {
  const std::string& id = call->arguments[0];
  auto names = token_names(*call);
  if (names && !is_channel_id(id))
    names = refusal(400, "invalid payload: a channel's id is 1 to 128 of A-Z a-z 0-9 . _ - and begins with no dot");
  if (!names) return refuse(hub, call, names.error());
  const auto made = std::make_shared<bool>();
  const auto change = [id, names = std::move(*names), made](std::optional<Channel>& channel) -> base::Result<void> {
    *made = !channel.has_value();
    if (!channel) channel.emplace().id = id;
    return set_tokens(*channel, names);
  };
  hub.store().update(id, change, [&hub, call, made](const base::Result<Found>& found) {
    if (!found) return refuse(hub, call, found.error());
    hub.answer(*call, Response::json(*made ? 201 : 200, json_of(**found)));
  });
}

void delete_channel(Hub& hub, Calling call) {
  const auto change = [](std::optional<Channel>& channel) -> base::Result<void> {
    if (!channel) return refusal(404, "not found");
    channel.reset();
    return {};
  };
  hub.store().update(call->arguments[0], change, [&hub, call](const base::Result<Found>& found) {
    if (!found) return refuse(hub, call, found.error());
    hub.answer(*call, {.status = 204});
  });
}

base::Result<std::string> token_name(const Call& call) {
  const Members payload = TRY(payload_of(call));
  auto name = TRY(text_member(payload, "name"));
  if (!name) return refusal(400, "invalid payload");
  return std::move(*name);
}

void post_token(Hub& hub, Calling call) {
  const auto name = token_name(*call);
  if (!name) return refuse(hub, call, name.error());
  const auto token = std::make_shared<std::string>();
  const auto edit = [name = *name, token](Channel& channel) -> base::Result<void> {
    *token = TRY(add_token(channel, name));
    return {};
  };
  edit_channel(hub, call->arguments[0], edit, [&hub, call, name = *name, token](const base::Result<Found>& found) {
    if (!found) return refuse(hub, call, found.error());
    hub.answer(*call, Response::json(200, json_object({{"token", json_text(*token)}, {"name", json_text(name)}})));
  });
}

base::Result<std::optional<std::string>> drain_url(const Call& call) {
  const Members payload = TRY(payload_of(call));
  return text_member(payload, "url");
}

void post_drain(Hub& hub, Calling call) {
  const auto url = drain_url(*call);
  if (!url) return refuse(hub, call, url.error());
  const auto drain = std::make_shared<Drain>();
  const auto edit = [url = *url, drain, rules = hub.options().drains](Channel& channel) -> base::Result<void> {
    *drain = TRY(add_drain(channel, url, rules));
    return {};
  };
  edit_channel(hub, call->arguments[0], edit, [&hub, call, drain](const base::Result<Found>& found) {
    if (!found) return refuse(hub, call, found.error());
    const std::string place = "/v3/channels/" + call->arguments[0] + "/drains/" + std::to_string(drain->id);
    hub.answer(*call, with_header(Response::json(201, hub::json_of(*drain)), "Location", place));
  });
}

void put_drain(Hub& hub, Calling call) {
  auto url = drain_url(*call);
  if (url && !*url) url = refusal(400, "invalid payload");
  if (!url) return refuse(hub, call, url.error());
  const auto drain = std::make_shared<Drain>();
  const auto edit = [call, url = **url, drain, rules = hub.options().drains](Channel& channel) -> base::Result<void> {
    *drain = TRY(set_drain_url(channel, call->arguments[1], url, rules));
    return {};
  };
  edit_channel(hub, call->arguments[0], edit, [&hub, call, drain](const base::Result<Found>& found) {
    if (!found) return refuse(hub, call, found.error());
    hub.answer(*call, Response::json(200, hub::json_of(*drain)));
  });
}

void delete_drain(Hub& hub, Calling call) {
  const auto edit = [call](Channel& channel) { return remove_drain(channel, call->arguments[1]); };
  edit_channel(hub, call->arguments[0], edit, [&hub, call](const base::Result<Found>& found) {
    if (!found) return refuse(hub, call, found.error());
    hub.answer(*call, {.status = 204});
  });
}

void list_channels(Hub& hub, Calling call) {
  hub.store().list([&hub, call](const base::Result<std::vector<Found>>& channels) {
    if (!channels) return refuse(hub, call, channels.error());
    std::vector<std::string> ids;
    for (const Found& channel : *channels) ids.push_back(json_text(channel->id));
    hub.answer(*call, Response::json(200, json_object({{"channels", json_list(ids)}})));
  });
}

void health(Hub& hub, Calling call) {
  hub.answer(*call, Response::json(200, json_object({{"status", json_text("ok")}})));
}

constexpr Route kV3[] = {
    {"GET", "/v3/healthcheck", Part::always, Needs::nothing, health},
    {"GET", "/v3/channels", Part::api, Needs::read_api, list_channels},
    {"PUT", "/v3/channels/*", Part::api, Needs::full_api, put_channel},
    {"GET", "/v3/channels/*", Part::api, Needs::full_api, get_channel},
    {"DELETE", "/v3/channels/*", Part::api, Needs::full_api, delete_channel},
    {"POST", "/v3/channels/*/tokens", Part::api, Needs::full_api, post_token},
    {"POST", "/v3/channels/*/drains", Part::api, Needs::full_api, post_drain},
    {"PUT", "/v3/channels/*/drains/*", Part::api, Needs::full_api, put_drain},
    {"DELETE", "/v3/channels/*/drains/*", Part::api, Needs::full_api, delete_drain},
};

}  // namespace

std::span<const Route> v3_routes() {
  return kV3;
}

}  // namespace hub
