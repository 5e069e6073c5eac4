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
  uint16_t index;                         /* of the ring in the file */
  uint32_t opened_size;                   /* bytes of the contexts that it has entered */
  struct mulog_opened* opened;            /* these; NULL: there were none yet */
  uint64_t instance;                      /* of the file */
  uint64_t traces;                        /* as in the ring */
  int busy;                               /* in a call: only a signal handler can see that */
  int hopeless;                           /* there is no ring for it */
  struct mulog_clock {
    uint64_t cycles, time, steady; /* the same moment: cycle counter, ns since 1970, ns of the monotonic clock */
    uint64_t limit;                /* cycles after which to look at the clock again */
    uint64_t rate;                 /* ns of a cycle, times 2^32 */
    uint64_t last;                 /* what was given last */
  } clock;
};

extern __thread struct mulog_thread mulog_self __attribute__((visibility("hidden"), tls_model("initial-exec")));

/* Held by what is seldom done; never by a log call whose call site and thread are known. */
void mulog_lock(void);
void mulog_unlock(void);

/* Gives the thread a ring, of a thread that has ended or a new one; 0: there is none, and it is hopeless. */
int mulog_claim(struct mulog_thread* thread);

/* 0: it is of other types, or not known yet. */
static inline uint32_t mulog_where_known(const struct mulog_variant* variant, size_t count, uint64_t low,
                                         uint64_t high) {
  const uint64_t known = __atomic_load_n(&variant->known, __ATOMIC_ACQUIRE);
  if (__builtin_expect(known >> 32 == count && variant->low == low && variant->high == high, 1)) return (uint32_t)known;
  return 0;
}

/* Where the description is in the area of call sites, in words, plus 1; it is added where it is not there yet. 0: there
 * is no room. Only for a thread that has a ring. `name` NULL: of a context. `low` and `high` are
 * the types of the pairs, 4 bits each. */
uint32_t mulog_describe(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count, uint64_t low,
                        uint64_t high);

/* The same; inline, for the types that came first. */
static inline uint32_t mulog_where_described(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count,
                                             uint64_t low, uint64_t high) {
  const uint32_t where = mulog_where_known(&site->variants[0], count, low, high);
  if (__builtin_expect(where != 0, 1)) return where;
  return mulog_describe(site, name, pairs, count, low, high);
}

/* An event that has no ring to be counted in; a context that could not be entered or set. */
void mulog_count_dropped(void);
void mulog_count_left_out(void);

#define MULOG_ROOT_KEY "mulog/root-trace"
#define MULOG_PARENT_KEY "mulog/parent-trace"

/* ns since 1970, by the system's clock; sets the thread's own anew. */
uint64_t mulog_slow_now(struct mulog_clock* clock);

#endif
