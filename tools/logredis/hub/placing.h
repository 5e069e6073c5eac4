// Which server has a channel's messages: consistent hashing (docs/format-redis.md, "A hub").
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace logredis {

// The place in `servers` of the one that the channel belongs to, by the names of the servers and whatever their order.
// Each gets about as many channels as any other. With one server more or less, only those channels move that come to it
// or were on it. Not without servers.
std::size_t place_of(std::string_view channel, std::span<const std::string> servers);

}  // namespace logredis
