/* The library's own: the file of the process, and the ring of a thread in it. */
#ifndef MULOG_PROCESS_H
#define MULOG_PROCESS_H

#include "mulog/layout.h"
#include "mulog/mulog.h"

/* What a thread knows of its ring, so that the log call reads nothing that the reader writes. */
struct mulog_thread {
  struct mulog_ring_head* ring; /* NULL: none yet */
  unsigned char* bytes;         /* of the ring, mapped twice in a row, so that no event has a seam */
  uint64_t size;
  uint64_t head, oldest, events, dropped; /* as in the ring */
  int busy;                               /* in a call: only a signal handler can see that */
  int hopeless;                           /* there is no ring for it */
  struct mulog_clock {
    uint64_t cycles, time, steady; /* the same moment: cycle counter, ns since 1970, ns of the monotonic clock */
    uint64_t limit;                /* cycles after which to look at the clock again */
    uint64_t rate;                 /* ns of a cycle, times 2^32 */
    uint64_t last;                 /* what was given last */
  } clock;
};

/* Gives the thread a ring, of a thread that has ended or a new one; 0: there is none, and it is hopeless. */
int mulog_claim(struct mulog_thread* thread);

/* Where the description is in the area of call sites, plus 1; it is added where it is not there yet. 0: there is no
 * room. Only for a thread that has a ring. */
uint32_t mulog_describe(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count);

/* An event that has no ring to be counted in. */
void mulog_count_dropped(void);

/* Types of the pairs, 4 bits each, and their number: what a call site is compared by. */
struct mulog_signature {
  uint64_t types[2];
  uint64_t count;
};

/* ns since 1970, by the system's clock; sets the thread's own anew. */
uint64_t mulog_slow_now(struct mulog_clock* clock);

#endif
