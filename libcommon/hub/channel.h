// A channel: a log with a name, the tokens by which messages come into it, and the drains that they go out to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace hub {

struct Drain {
  std::uint64_t id = 0;
  std::string token;  // "d.UUID"
  std::string url;    // empty: reserved, and not in use yet

  bool operator==(const Drain&) const = default;
};

// What a channel has instead of the store's defaults.
struct ChannelLimits {
  std::optional<base::Bytes> max_size = {};     // of its messages
  std::optional<std::string> full = {};         // "drop-oldest", "drop-newest" or "block": when that is reached
  std::optional<base::Duration> keep_for = {};  // delete what is older; not set: as long as there is room

  bool operator==(const ChannelLimits&) const = default;
};

struct Channel {
  std::string id;                                  // see is_channel_id()
  std::string name;                                // for people
  std::map<std::string, std::string> tokens = {};  // by name: "t.UUID"
  std::vector<Drain> drains = {};                  // in the order in which they were registered
  bool no_tail = false;                            // nobody may follow it (L20)
  bool no_store = false;                           // its messages are kept for its drains only: logplex' no_redis
  ChannelLimits limits = {};

  bool operator==(const Channel&) const = default;

  [[nodiscard]] const Drain* drain(std::uint64_t drain_id) const;
  // The name of a token; null: it is none of this channel's.
  [[nodiscard]] const std::string* name_of(std::string_view token) const;
};

// 1 to 128 letters, digits, "-", "_" and ".", the first of them a letter or a digit: so no id is a path.
bool is_channel_id(std::string_view id);
// The same for the name of a token, without the limits on its first byte: what is put in place of a token is one word.
bool is_token_name(std::string_view name);

// "t." or "d." and a random UUID.
base::Result<std::string> new_token(char kind);
// Random, below 2^53, so that every reader of JSON takes it as it is.
base::Result<std::uint64_t> new_number();

// JSON on several lines, for people, without the id: docs/hub.md.
std::string encode(const Channel& channel);
// Kind::data with the reason where it is none, or says what is not known.
base::Result<Channel> decode(std::string id, std::string_view json);

}  // namespace hub
