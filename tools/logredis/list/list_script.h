// What is done to a queue of the list layout: one script, so that every step is atomic. docs/format-redis.md has the
// keys.
//
// Keys: KEY, the consumer's hash, the claim's backlog, the claim's lease. Arguments: the operation's name, the claim's
// number, and:
//
//   new                                  the number for another claim. (The one given is 0.)
//   open OWNER LEASE                     begins a claim, with a lease (milliseconds; 0: none).
//   take OWNER HEARD COUNT BYTES LEASE   {first, message, ...}: hands out what the claim holds beyond HEARD, which an
//                                        answer that was lost held; otherwise moves from the head of R, at most COUNT,
//                                        about BYTES, and renews the lease. A nil stands for a message that somebody
//                                        has acknowledged. {-1}: the claim was taken away.
//   renew OWNER LEASE                    1, or 0: the claim was taken away.
//   ack SEQUENCE                         acknowledges that and all before it; how many.
//   clear                                acknowledges all; how many.
//   handed SEQUENCE                      1, or 0: it was not handed out yet.
//   range FIRST LAST HOLE                acknowledges these alone; where to go on, or 0: done. HOLE stands in their
//   places
//                                        until those before them are acknowledged.
//   return COUNT FORCE                   {returned, left, live}: moves the newest COUNT of the claim back to the head
//   of
//                                        R; of a leased claim only if FORCE is 1.
//   release OWNER HANDED                 ends a claim: what is beyond HANDED goes back to R, the lease is given up.
//   read POSITION COUNT BYTES            {message, ...}: reads R from there (0: its head).
//   trim KEEP                            deletes all but the newest KEEP of R; how many.
//
// For read and trim the claim's number is 0.
//
// All may be repeated when an answer was lost. But for return and trim it makes no difference.
#pragma once

#include "tools/logredis/queue/script_flags.h"

namespace logredis {

extern const FlaggedScript kListScript;

}  // namespace logredis
