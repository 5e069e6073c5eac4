// What is done to a hub's keys, each in one step (docs/format-redis.md has the keys).
#pragma once

#include "redis/script.h"

namespace logredis {

// KEYS: log, channels, counts, news, lost. ARGV: id, cap, time to live in milliseconds (0: none), messages. Gives 0:
// there is no such channel; or the number of the last message.
extern const redis::Script kHubAppend;

// KEYS: channels, tokens, counts, news, lost, log. ARGV: id, the channel's JSON as it was ("": there was none), and as
// it is to be ("": there is none). Gives {"done"}; {"changed", JSON}: it was another; {"taken", token}: it is another
// channel's. Makes the groups of drains that are new, which begin with what is appended after that, and removes those
// of others, and who holds them.
extern const redis::Script kHubUpdate;

// KEYS: tokens, channels. ARGV: token. Gives {id, JSON}, or nothing.
extern const redis::Script kHubFindToken;

// KEYS: log, channels. ARGV: XRANGE or XREVRANGE, the two ends of its range, about how many bytes, the channel. Gives
// nothing: there is no such channel; or {whether that is all, id, message, ...}, as the command orders them.
extern const redis::Script kHubRead;

// KEYS: log, channels, counts, lost. ARGV: id. Gives nothing: there is no such channel; or {messages, number of the
// last message ever, bytes, now in milliseconds}, and for each group {name, number up to which it has everything,
// waiting, lost, when the oldest that waits came}.
extern const redis::Script kHubStanding;

// KEYS: the lease of a drain, channels, log. ARGV: id, the drain's token, the node, the lease's new text, which begins
// with the node, for how many milliseconds. Gives {1, JSON}: it is the node's; {0}: it is another's; nothing: there is
// no such drain. Makes the drain's group where it is missing.
extern const redis::Script kHubClaim;

}  // namespace logredis
