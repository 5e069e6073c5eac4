#include "hub/edits.h"

#include <algorithm>

#include "hub/answers.h"
#include "hub/drain_command.h"
#include "net/address.h"
#include "net/url.h"

namespace hub {
namespace {

// What a name means is looked at when it is connected to.
base::Result<void> check_drain_command(const std::string& url, net::Url parsed, const DrainRules& rules) {
  if (const auto command = drain_command({.id = 0, .token = "", .url = url}, true); !command)
    return refusal(422, "Invalid drain url: " + command.error().why);
  if (parsed.port == 0) parsed.port = 1;
  parsed.public_only = true;
  if (!rules.allow_local && !net::has_name(parsed) && !net::resolve(parsed))
    return refusal(422, "Invalid drain url: its address is not a public one");
  return {};
}

base::Result<void> check_url(const Channel& channel, const std::string& url, const DrainRules& rules) {
  const auto parsed = net::parse_url(url);
  if (!parsed) return refusal(422, "Invalid drain url: " + parsed.error().text());
  if (!parsed->is_network() || parsed->host.empty()) return refusal(422, "Invalid drain url: it has no host");
  if (std::ranges::find(rules.schemes, parsed->scheme) == rules.schemes.end())
    return refusal(422, "Invalid drain url: no drains go to " + parsed->scheme + "://");
  TRY(check_drain_command(url, *parsed, rules));
  if (std::ranges::find(channel.drains, url, &Drain::url) != channel.drains.end())
    return refusal(409, "already exists");
  return {};
}

base::Result<Drain*> find_drain(Channel& channel, std::string_view id) {
  const auto number = base::parse_number(id);
  const auto found = number ? std::ranges::find(channel.drains, *number, &Drain::id) : channel.drains.end();
  if (found == channel.drains.end()) return refusal(404, "not found");
  return &*found;
}

}  // namespace

base::Result<std::string> add_token(Channel& channel, const std::string& name) {
  if (!is_token_name(name)) return refusal(400, "invalid payload: a token's name is 1 to 128 of A-Z a-z 0-9 . _ -");
  if (const auto known = channel.tokens.find(name); known != channel.tokens.end()) return known->second;
  return channel.tokens.emplace(name, TRY(new_token('t'))).first->second;
}

base::Result<void> set_tokens(Channel& channel, const std::vector<std::string>& names) {
  for (const std::string& name : names) TRY(add_token(channel, name));
  std::erase_if(channel.tokens,
                [&names](const auto& token) { return std::ranges::find(names, token.first) == names.end(); });
  return {};
}

base::Result<Drain> add_drain(Channel& channel, const std::optional<std::string>& url, const DrainRules& rules) {
  if (url) TRY(check_url(channel, *url, rules));
  if (channel.drains.size() >= rules.most) return refusal(422, "maximum number of drains reached");
  Drain drain;
  drain.id = TRY(new_number());
  drain.token = TRY(new_token('d'));
  drain.url = url.value_or("");
  channel.drains.push_back(drain);
  return drain;
}

base::Result<Drain> set_drain_url(Channel& channel, std::string_view id, const std::string& url,
                                  const DrainRules& rules) {
  Drain* const drain = TRY(find_drain(channel, id));
  if (drain->url == url) return *drain;
  TRY(check_url(channel, url, rules));
  drain->url = url;
  return *drain;
}

base::Result<void> remove_drain(Channel& channel, std::string_view id) {
  const std::uint64_t number = TRY(find_drain(channel, id))->id;
  std::erase_if(channel.drains, [number](const Drain& drain) { return drain.id == number; });
  return {};
}

}  // namespace hub
