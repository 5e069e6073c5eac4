// What a hub reads of people and clients: files of channels, bodies of the API, sessions, paths, messages with tokens.
// What is read is written and read again as the same, no argument of a path is an id that leads out of its directory,
// and only the token of a message changes when it is stored.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hub/channel.h"
#include "hub/cooking.h"
#include "hub/json.h"
#include "hub/route.h"
#include "hub/session.h"
#include "hub/store.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_channel(std::string_view text) {
  const auto channel = hub::decode("app", text);
  if (!channel) {
    require(!channel.error().why.empty());
    return;
  }
  // Text that is no UTF-8 is none of JSON, so all of it comes back.
  const auto again = hub::decode("app", hub::encode(*channel));
  require(again.has_value());
  require(again->tokens == channel->tokens && again->drains == channel->drains && again->name == channel->name);
  for (const auto& [name, token] : channel->tokens) require(hub::is_token_name(name) && hub::is_channel_id(token));
}

void read_payload(std::string_view text) {
  const auto members = hub::parse_object(text);
  if (!members) return;
  for (const auto& [name, value] : *members) {
    require(!value.empty());
    (void)hub::texts_of(value);
    (void)hub::text_of(value);
    (void)hub::members_of(value);
  }
}

void read_session(std::string_view text) {
  const auto session = hub::parse_session(text);
  if (!session) return;
  const auto again = hub::parse_session(hub::encode(*session));
  require(again.has_value());
  require(again->channel == session->channel && again->lines == session->lines && again->follow == session->follow &&
          again->filter == session->filter);
}

void read_path(std::string_view path) {
  if (path.find('\0') != path.npos) return;  // the reader of requests lets none through
  for (const char* pattern : {"/logs", "/v3/channels/*", "/v3/channels/*/drains/*", "/sessions/*"}) {
    const auto arguments = hub::match(pattern, path);
    if (!arguments) continue;
    for (const std::string& argument : *arguments) {
      require(!argument.empty() && argument.find('\0') == argument.npos);
      if (hub::is_channel_id(argument)) require(argument.find('/') == argument.npos && argument[0] != '.');
    }
  }
}

void store_message(std::string_view message) {
  const std::string_view token = hub::token_in(message);
  std::string cooked;
  hub::append_cooked(cooked, message, token, "name");
  if (token.empty()) return;
  require(cooked.size() + token.size() == message.size() + 4);
  const auto at = static_cast<std::size_t>(token.data() - message.data());
  require(cooked == std::string(message.substr(0, at)) + "name" + std::string(message.substr(at + token.size())));
}

void compare_ids(std::string_view text) {
  const auto comma = text.find(',');
  if (comma == text.npos) return;
  const std::string_view a = text.substr(0, comma), b = text.substr(comma + 1);
  require(!(hub::id_before(a, b) && hub::id_before(b, a)));
  require(!hub::id_before(a, a));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_channel(text);
  read_payload(text);
  read_session(text);
  read_path(text);
  store_message(text);
  compare_ids(text);
  return 0;
}
