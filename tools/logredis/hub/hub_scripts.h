// What is done to a hub's keys, each in one step (docs/format-redis.md has the keys).
//
// The registry's stamp of a channel goes with each step at a server with messages, which knows the stamp up to which it
// has heard of the channel. A step whose stamp is newer than that gives nothing: the server has to be told of the
// channel first (kHubPlace), by which it gets the groups of new drains.
#pragma once

#include "redis/script.h"

namespace logredis {

// ---- the registry. A stamp is "BIRTH REVISION", or nothing.

// KEYS: channels, stamps. ARGV: id. Gives {JSON, stamp}, or nothing twice.
extern const redis::Script kHubFind;

// KEYS: tokens, channels, stamps. ARGV: token. Gives {id, JSON, stamp}, or nothing three times.
extern const redis::Script kHubFindToken;

// KEYS: channels, stamps. Gives {id, JSON, stamp, ...}.
extern const redis::Script kHubList;

// KEYS: channels, tokens, stamps, changes. ARGV: id, the channel's JSON as it was ("": there was none), and as it is to
// be ("": there is none). Gives {"done", stamp}; {"changed", JSON}: it was another; {"taken", token}: it is another
// channel's.
extern const redis::Script kHubUpdate;

// ---- messages. The first arguments are the channel's id, birth and revision.

// KEYS: placed, log, counts, lost. ARGV: the tokens of drains. Tells the server of the channel; what it knows already
// that is newer stays. Makes the groups of drains that are new, which begin with what is appended after that, and
// removes those of others, and who holds them. The messages of an older birth go.
extern const redis::Script kHubPlace;

// The same keys. The channel goes with its messages, unless it is newer.
extern const redis::Script kHubForget;

// KEYS: placed, log, counts, news, lost. ARGV: cap, time to live in milliseconds (0: none), messages. Gives the number
// of the last message; 0: the channel was deleted, and there is a new one with its id.
extern const redis::Script kHubAppend;

// KEYS: placed, log. ARGV: XRANGE or XREVRANGE, the two ends of its range, about how many bytes. Gives
// {whether that is all, id, message, ...}, as the command orders them.
extern const redis::Script kHubRead;

// KEYS: placed, log, counts, lost. Gives {messages, number of the last message ever, bytes, now in milliseconds}, and
// for each group {name, number up to which it has everything, waiting, lost, when the oldest that waits came}.
extern const redis::Script kHubStanding;

// KEYS: placed, log, the lease of a drain. ARGV: the drain's token, the node, the lease's new text, which begins with
// the node, for how many milliseconds. Gives 1: it is the node's; 0: it is another's; -1: there is no such drain. Makes
// the drain's group where it is missing.
extern const redis::Script kHubClaim;

}  // namespace logredis
