// What is done to a queue of the stream layout, and a consumer is a group. docs/format-redis.md has the names.
//
// Keys: KEY, the stream by which waiting readers are woken, and for who tells losses the hash of those that are untold.
// Arguments: the operation's name, the group, and:
//
//   take ME COUNT BYTES BEING_TOLD hands out: {"rewound"}: entries of the consumer `rewound` come first, claim them;
//                                  {"unheard", id, message, ...}: what ME was given beyond the id HEARD, which an
//                                  answer that was lost held, or what did not fit in (HEARD empty: there is none), and
//                                  there may be more of that; {"new", id, message, ...};
//                                  {"end", id}: nothing came after that id;
//                                  {"lost", id, count, since}: so many were dropped from a time in milliseconds on,
//                                  beside those that are being told; the id is that of the last of them
//   told ID COUNT                  this loss was told.
//   claim ME BYTES {ID OWNER}...   {passed, id, message, ...}: takes over what still belongs to that owner, or by an
//                                  answer that was lost to ME, as long as BYTES last; `passed` pairs are dealt with.
//   give TO {ID OWNER}...          gives entries of those owners to TO, and wakes who waits; how many.
//   leave ME                       deletes the consumer if it has nothing; 1 or 0.
//   ack FIRST LAST OWNER           acknowledges up to 1000 entries that are pending there (OWNER empty: whoever has
//                                  them); how many.
//   receipts ID...                 {acknowledged, passed}: all that the owner of each id has up to it; `passed` ids are
//                                  dealt with.
//   read FIRST LAST COUNT BYTES    {"read", id, message, ...}: changes nothing. (The group is empty.)
//   trim UPTO                      deletes what all groups have acknowledged, below UPTO where it is not empty; how
//   many.
//
// A message is a text, or, of an entry with other fields than `m` alone, an array of them and their values. All may be
// repeated when an answer was lost.
#pragma once

#include "tools/logredis/queue/script_flags.h"

namespace logredis {

// Who holds what was rewound: the next reader takes it first.
inline constexpr char kRewound[] = "rewound";

extern const FlaggedScript kStreamScript;

}  // namespace logredis
