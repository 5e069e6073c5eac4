// The API's versions 1 and 2: /channels and /v2/channels. Answers are JSON where they hold more than one value, else
// text.
#include <algorithm>
#include <utility>

#include "hub/answers.h"
#include "hub/edits.h"
#include "hub/hub.h"
#include "hub/route.h"
#include "hub/views.h"

namespace hub {
namespace {

using LegacyCall = std::shared_ptr<const Call>;
using http::Response;

void refuse_in_text(Hub& hub, const LegacyCall& call, const base::Error& error) {
  hub.answer(*call, text_failure(error));
}

// A number where it is one: the ids that POST /channels gives are numbers.
std::string id_value(const std::string& id) {
  constexpr std::size_t kSafeDigits = 16;  // 2^53 has so many
  const bool number = id.size() <= kSafeDigits && id.find_first_not_of("0123456789") == id.npos && id.front() != '0';
  return number ? id : json_text(id);
}

base::Result<std::optional<std::string>> text_in(const Call& call, std::string_view name) {
  const Members payload = TRY(payload_of(call));
  return text_member(payload, name);
}

// ---- channels

base::Result<Channel> new_channel(const Call& call) {
  const Members payload = TRY(payload_of(call));
  Channel channel;
  channel.id = std::to_string(TRY(new_number()));
  channel.name = TRY(text_member(payload, "name")).value_or("");
  const auto names = TRY(texts_member(payload, "tokens"));
  TRY(set_tokens(channel, names));
  return channel;
}

void post_channel(Hub& hub, LegacyCall call) {
  auto made = new_channel(*call);
  if (!made) return refuse_in_text(hub, call, made.error());
  const std::string id = made->id;
  const auto change = [made = std::move(*made)](std::optional<Channel>& channel) -> base::Result<void> {
    if (channel) return refusal(503, "try again");  // its random number was given before
    channel = made;
    return {};
  };
  hub.store().update(id, change, [&hub, call](const base::Result<Found>& found) {
    if (!found) return refuse_in_text(hub, call, found.error());
    JsonMembers tokens;
    for (const auto& [name, token] : (*found)->tokens) tokens.emplace_back(name, json_text(token));
    hub.answer(*call, Response::json(
                          201, json_object({{"channel_id", id_value((*found)->id)}, {"tokens", json_object(tokens)}})));
  });
}

void get_info(Hub& hub, LegacyCall call) {
  hub.store().find(call->arguments[0], [&hub, call](const base::Result<Found>& found) {
    if (!found) return refuse_in_text(hub, call, found.error());
    if (*found == nullptr) return refuse_in_text(hub, call, refusal(404, "Not found").value());
    std::vector<std::string> tokens;
    for (const auto& [name, token] : (*found)->tokens)
      tokens.push_back(json_object({{"name", json_text(name)}, {"token", json_text(token)}}));
    hub.answer(*call, Response::json(200, json_object({{"channel_id", id_value((*found)->id)},
                                                       {"tokens", json_list(tokens)},
                                                       {"drains", json_of((*found)->drains)}})));
  });
}

void delete_legacy_channel(Hub& hub, LegacyCall call) {
  const auto change = [](std::optional<Channel>& channel) -> base::Result<void> {
    if (!channel) return refusal(404, "Not found");
    channel.reset();
    return {};
  };
  hub.store().update(call->arguments[0], change, [&hub, call](const base::Result<Found>& found) {
    if (!found) return refuse_in_text(hub, call, found.error());
    hub.answer(*call, Response::text(200, "OK"));
  });
}

// ---- tokens

void add_named_token(Hub& hub, const LegacyCall& call, unsigned missing, bool json) {
  auto name = text_in(*call, "name");
  if (name && !*name) name = refusal(missing, "'name' post param missing");
  if (!name) return refuse_in_text(hub, call, name.error());
  const auto token = std::make_shared<std::string>();
  const auto edit = [name = **name, token](Channel& channel) -> base::Result<void> {
    *token = TRY(add_token(channel, name));
    return {};
  };
  const auto answer = [&hub, call, json, name = **name, token](const base::Result<Found>& found) {
    if (!found) return refuse_in_text(hub, call, found.error());
    const std::string both = json_object({{"name", json_text(name)}, {"token", json_text(*token)}});
    hub.answer(*call, json ? Response::json(201, both) : Response::text(201, *token));
  };
  edit_channel(hub, call->arguments[0], edit, answer);
}

void post_token_v1(Hub& hub, LegacyCall call) {
  add_named_token(hub, call, 400, false);
}

void post_token_v2(Hub& hub, LegacyCall call) {
  add_named_token(hub, call, 422, true);
}

// ---- drains

using EditDrain = std::function<base::Result<Drain>(Channel& channel)>;

void answer_with_drain(Hub& hub, const LegacyCall& call, EditDrain edit_drain) {
  const auto drain = std::make_shared<Drain>();
  const auto edit = [edit_drain = std::move(edit_drain), drain](Channel& channel) -> base::Result<void> {
    *drain = TRY(edit_drain(channel));
    return {};
  };
  edit_channel(hub, call->arguments[0], edit, [&hub, call, drain](const base::Result<Found>& found) {
    if (!found) return refuse_in_text(hub, call, found.error());
    hub.answer(*call, Response::json(201, json_of(*drain)));
  });
}

void reserve_drain(Hub& hub, LegacyCall call) {
  answer_with_drain(
      hub, call, [rules = hub.options().drains](Channel& channel) { return add_drain(channel, std::nullopt, rules); });
}

void post_drain_v2(Hub& hub, LegacyCall call) {
  auto url = text_in(*call, "url");
  if (url && !*url) url = refusal(422, "'url' missing");
  if (!url) return refuse_in_text(hub, call, url.error());
  answer_with_drain(hub, call, [call, url = **url, rules = hub.options().drains](Channel& channel) {
    return call->arguments.size() > 1 ? set_drain_url(channel, call->arguments[1], url, rules)
                                      : add_drain(channel, url, rules);
  });
}

void delete_drain_v2(Hub& hub, LegacyCall call) {
  const auto edit = [call](Channel& channel) { return remove_drain(channel, call->arguments[1]); };
  edit_channel(hub, call->arguments[0], edit, [&hub, call](const base::Result<Found>& found) {
    if (!found) return refuse_in_text(hub, call, found.error());
    hub.answer(*call, Response::text(200, "OK"));
  });
}

void post_drain_v1(Hub& hub, LegacyCall call) {
  hub.answer(*call, Response::text(501, "Not Implemented: use /v2/channels/ID/drains"));
}

void legacy_health(Hub& hub, LegacyCall call) {
  hub.answer(*call, Response::text(200, "OK"));
}

constexpr Route kLegacy[] = {
    {"GET", "/healthcheck", Part::always, Needs::nothing, legacy_health},
    {"POST", "/channels", Part::legacy_api, Needs::full_api, post_channel},
    {"GET", "/channels/*/info", Part::legacy_api, Needs::full_api, get_info},
    {"GET", "/v2/channels/*", Part::legacy_api, Needs::full_api, get_info},
    {"DELETE", "/channels/*", Part::legacy_api, Needs::full_api, delete_legacy_channel},
    {"DELETE", "/v2/channels/*", Part::legacy_api, Needs::full_api, delete_legacy_channel},
    {"POST", "/channels/*/token", Part::legacy_api, Needs::full_api, post_token_v1},
    {"POST", "/v2/channels/*/tokens", Part::legacy_api, Needs::full_api, post_token_v2},
    {"POST", "/channels/*/drains/tokens", Part::legacy_api, Needs::full_api, reserve_drain},
    {"POST", "/v2/channels/*/drains/tokens", Part::legacy_api, Needs::full_api, reserve_drain},
    {"POST", "/channels/*/drains", Part::legacy_api, Needs::full_api, post_drain_v1},
    {"POST", "/v2/channels/*/drains", Part::legacy_api, Needs::full_api, post_drain_v2},
    {"POST", "/v2/channels/*/drains/*", Part::legacy_api, Needs::full_api, post_drain_v2},
    {"DELETE", "/channels/*/drains/*", Part::legacy_api, Needs::full_api, delete_drain_v2},
    {"DELETE", "/v2/channels/*/drains/*", Part::legacy_api, Needs::full_api, delete_drain_v2},
};

}  // namespace

std::span<const Route> legacy_routes() {
  return kLegacy;
}

}  // namespace hub
