/* Traces: an event at the end of something that has a duration, whose parts name it as their parent. */
#include <time.h>

#include "mulog/clock.h"
#include "mulog/context.h"

enum { kOwnPairs = 6 };

static const uint16_t kIdOfTrace = 1 << 15; /* beside the number of the ring; ids of events have none */

static uint64_t steady_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void put_big_endian(unsigned char* at, uint64_t value) {
  value = __builtin_bswap64(value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  memcpy(at, &value, sizeof value);
}

/* All zeros where there is no ring; its events are dropped. */
static mulog_id make_id(struct mulog_thread* me, uint64_t time) {
  mulog_id id;
  memset(&id, 0, sizeof id);
  if (me->ring == NULL) return id;
  put_big_endian(id.bytes, time);
  put_big_endian(id.bytes + 8, me->instance);
  put_big_endian(id.bytes + 16, (uint64_t)(me->index | kIdOfTrace) << 48 | (me->traces++ & (((uint64_t)1 << 48) - 1)));
  __atomic_store_n(&me->ring->traces, me->traces, __ATOMIC_RELAXED);
  return id;
}

void mulog_trace_begin(mulog_trace* trace) {
  static mulog_site site;
  struct mulog_thread* const me = &mulog_self;
  mulog_pair pairs[2];
  memset(trace, 0, sizeof *trace);
  trace->steady = steady_ns();
  if (me->busy || (me->ring == NULL && !mulog_claim(me))) {
    mulog_count_left_out();
    return;
  }
  if (me->opened != NULL && me->opened_size != 0) {
    trace->root = me->opened->root;
    trace->parent = me->opened->parent;
  }
  me->busy = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  trace->start = mulog_now(&me->clock);
  trace->id = make_id(me, trace->start);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  me->busy = 0;
  if (mulog_is_none(&trace->root)) trace->root = trace->id;
  pairs[0] = mulog_identity(MULOG_ROOT_KEY, &trace->root);
  pairs[1] = mulog_identity(MULOG_PARENT_KEY, &trace->id);
  mulog_enter(&trace->context, &site, pairs, 2);
}

void mulog_trace_end(mulog_trace* trace, mulog_site* site, const char* name, mulog_outcome outcome,
                     const mulog_pair* pairs, size_t count) {
  const int64_t duration = (int64_t)(steady_ns() - trace->steady);
  mulog_pair all[MULOG_LAYOUT_MOST_PAIRS + kOwnPairs];
  mulog_leave(&trace->context);
  if (count > MULOG_LAYOUT_MOST_PAIRS) {
    mulog_count_dropped();
    return;
  }
  all[0] = mulog_identity("mulog/trace-id", &trace->id);
  all[1] = mulog_int("mulog/timestamp", (int64_t)(trace->start / 1000000));
  all[2] = mulog_identity(MULOG_ROOT_KEY, &trace->root);
  all[3] = mulog_identity(MULOG_PARENT_KEY, &trace->parent);
  all[4] = mulog_duration("mulog/duration", duration);
  all[5] = mulog_string("mulog/outcome", outcome == MULOG_OK ? "ok" : "error");
  if (count > 0) memcpy(&all[kOwnPairs], pairs, count * sizeof *pairs);
  mulog_log(site, name, all, kOwnPairs + count);
}
