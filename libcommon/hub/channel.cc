#include "hub/channel.h"

#include <algorithm>
#include <array>

#include "base/uuid.h"
#include "hub/json.h"

namespace hub {
namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::array<std::string_view, 3> kFull{"drop-oldest", "drop-newest", "block"};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += out.ends_with('{') ? "\n  " : ",\n  ";
  out.append(json_text(name)).append(": ").append(value);
}

std::string tokens_text(const Channel& channel) {
  std::string out = "{";
  for (const auto& [name, token] : channel.tokens)
    out.append(out == "{" ? "\n    " : ",\n    ").append(json_text(name)).append(": ").append(json_text(token));
  return out + "\n  }";
}

std::string drains_text(const Channel& channel) {
  std::string out = "[";
  for (const Drain& drain : channel.drains) {
    out.append(out == "[" ? "\n    " : ",\n    ").append("{\"id\": ").append(std::to_string(drain.id));
    out.append(", \"token\": ").append(json_text(drain.token));
    if (!drain.url.empty()) out.append(", \"url\": ").append(json_text(drain.url));
    out += "}";
  }
  return out + "\n  ]";
}

std::string limits_text(const ChannelLimits& limits) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& value) {
    out.append(out.empty() ? "{" : ", ").append(json_text(name)).append(": ").append(json_text(value));
  };
  if (limits.max_size) add("max_size", std::to_string(limits.max_size->count));
  if (limits.full) add("full", *limits.full);
  if (limits.keep_for)
    add("keep_for",
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*limits.keep_for).count()) + "ms");
  return out + "}";
}

base::Result<std::string> text_in(std::string_view value, const std::string& what) {
  auto text = text_of(value);
  if (!text) return base::fail(base::Kind::data, "", what + " is no string");
  return *text;
}

base::Result<void> decode_tokens(std::string_view value, Channel& channel) {
  const auto members = members_of(value);
  if (!members) return base::fail(base::Kind::data, "", "\"tokens\" is no object");
  for (const auto& [name, token] : *members) {
    if (!is_token_name(name)) return base::fail(base::Kind::data, "", "'" + name + "' is no name for a token");
    std::string text = TRY(text_in(token, "the token " + name));
    if (!text.starts_with("t.") || !is_channel_id(text))
      return base::fail(base::Kind::data, "", "the token " + name + " does not begin with \"t.\"");
    channel.tokens.emplace(name, std::move(text));
  }
  return {};
}

base::Result<Drain> decode_drain(std::string_view value) {
  const auto members = members_of(value);
  if (!members) return base::fail(base::Kind::data, "", "a drain is no object");
  Drain drain;
  for (const auto& [name, member] : *members) {
    if (name == "id") {
      drain.id = TRY(base::parse_number(member));
    } else if (name == "token") {
      drain.token = TRY(text_in(member, "a drain's token"));
    } else if (name == "url") {
      drain.url = TRY(text_in(member, "a drain's URL"));
    } else {
      return base::fail(base::Kind::data, "", "a drain has no \"" + name + "\"");
    }
  }
  if (!drain.token.starts_with("d.") || !is_channel_id(drain.token))
    return base::fail(base::Kind::data, "", "the token of a drain does not begin with \"d.\"");
  return drain;
}

base::Result<void> decode_drains(std::string_view value, Channel& channel) {
  const auto elements = elements_of(value);
  if (!elements) return base::fail(base::Kind::data, "", "\"drains\" is no list");
  for (const std::string_view element : *elements) channel.drains.push_back(TRY(decode_drain(element)));
  return {};
}

base::Result<void> decode_flags(std::string_view value, Channel& channel) {
  const auto flags = texts_of(value);
  if (!flags) return base::fail(base::Kind::data, "", "\"flags\" is no list of strings");
  for (const std::string& flag : *flags) {
    if (flag == "no_tail") {
      channel.no_tail = true;
    } else if (flag == "no_store") {
      channel.no_store = true;
    } else {
      return base::fail(base::Kind::data, "", "there is no flag \"" + flag + "\"");
    }
  }
  return {};
}

base::Result<void> decode_limits(std::string_view value, Channel& channel) {
  const auto members = members_of(value);
  if (!members) return base::fail(base::Kind::data, "", "\"limits\" is no object");
  for (const auto& [name, member] : *members) {
    const std::string text = TRY(text_in(member, "the limit " + name));
    if (name == "max_size") {
      channel.limits.max_size = TRY(base::parse_bytes(text));
    } else if (name == "keep_for") {
      channel.limits.keep_for = TRY(base::parse_duration(text));
    } else if (name == "full" && std::ranges::find(kFull, text) != kFull.end()) {
      channel.limits.full = text;
    } else {
      return base::fail(base::Kind::data, "", "there is no limit " + json_text(name) + ": " + json_text(text));
    }
  }
  return {};
}

base::Result<void> decode_member(const std::string& name, std::string_view value, Channel& channel) {
  if (name == "name") {
    channel.name = TRY(text_in(value, "the name"));
    return {};
  }
  if (name == "tokens") return decode_tokens(value, channel);
  if (name == "drains") return decode_drains(value, channel);
  if (name == "flags") return decode_flags(value, channel);
  if (name == "limits") return decode_limits(value, channel);
  return base::fail(base::Kind::data, "", "there is no \"" + name + "\"");
}

}  // namespace

const Drain* Channel::drain(std::uint64_t drain_id) const {
  const auto found = std::ranges::find(drains, drain_id, &Drain::id);
  return found == drains.end() ? nullptr : &*found;
}

const std::string* Channel::name_of(std::string_view token) const {
  for (const auto& [token_name, known] : tokens)
    if (known == token) return &token_name;
  return nullptr;
}

bool is_token_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  return std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_channel_id(std::string_view id) {
  return is_token_name(id) && is_letter_or_digit(id.front());
}

base::Result<std::string> new_token(char kind) {
  const std::string uuid = TRY(base::new_uuid());
  return std::string(1, kind) + "." + uuid;
}

base::Result<std::uint64_t> new_number() {
  constexpr int kBits = 53;
  return (TRY(base::random_number()) >> (64 - kBits)) | 1;
}

std::string encode(const Channel& channel) {
  std::string out = "{";
  if (!channel.name.empty()) append_member(out, "name", json_text(channel.name));
  append_member(out, "tokens", channel.tokens.empty() ? "{}" : tokens_text(channel));
  if (!channel.drains.empty()) append_member(out, "drains", drains_text(channel));
  if (channel.no_tail || channel.no_store) {
    const char* both = channel.no_tail ? R"(["no_tail", "no_store"])" : R"(["no_store"])";
    append_member(out, "flags", channel.no_store ? both : R"(["no_tail"])");
  }
  if (channel.limits != ChannelLimits()) append_member(out, "limits", limits_text(channel.limits));
  return out + "\n}\n";
}

base::Result<Channel> decode(std::string id, std::string_view json) {
  const auto members = parse_object(json);
  if (!members) return base::fail(base::Kind::data, "read channel " + id, "it is no JSON object");
  Channel channel;
  channel.id = std::move(id);
  for (const auto& [name, value] : *members)
    if (auto taken = decode_member(name, value, channel); !taken)
      return base::fail(base::Kind::data, "read channel " + channel.id, taken.error().why);
  return channel;
}

}  // namespace hub
