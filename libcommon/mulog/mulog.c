/* The log call (docs/decisions/0060). */
#include "mulog/mulog.h"

#include "mulog/clock.h"
#include "mulog/context.h"
#include "mulog/process.h"
#include "mulog/value.h"

__thread struct mulog_thread mulog_self __attribute__((tls_model("initial-exec")));

/* The events up to `end` less the size of the ring are given up. The fence: a reader that finds any of the bytes that
 * are written from now on also finds that they were given up. */
static void give_up_oldest(struct mulog_thread* me, uint64_t end) {
  do {
    const unsigned char* at = me->bytes + (me->oldest & (me->size - 1));
    const uint32_t length = ((const struct mulog_record*)(const void*)at)->length;
    if (length < sizeof(struct mulog_record) || length > me->head - me->oldest) { /* someone else has written here */
      me->oldest = me->head;
      break;
    }
    me->oldest += length;
  } while (end - me->oldest > me->size);
  __atomic_store_n(&me->ring->oldest, me->oldest, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void drop(struct mulog_thread* me) {
  __atomic_store_n(&me->ring->dropped, ++me->dropped, __ATOMIC_RELAXED);
}

/* 0: the global context has changed meanwhile; nothing is done. */
static inline int append(struct mulog_thread* me, mulog_site* site, const char* name, const mulog_pair* pairs,
                         size_t count) {
  const struct mulog_shape shape = mulog_shape_of(pairs, count);
  const uint32_t where = mulog_where_described(site, name, pairs, count, shape.low, shape.high);
  const struct mulog_contexts contexts = mulog_contexts_of(me);
  const uint64_t before = sizeof(struct mulog_record) + contexts.global + contexts.own;
  const uint64_t size = before + shape.size;
  const uint64_t end = me->head + size;
  unsigned char* const at = me->bytes + (me->head & (me->size - 1));
  struct mulog_record record;
  if (where == 0 || size > me->size / 4) {
    drop(me);
    return 1;
  }
  if (end - me->oldest > me->size) give_up_oldest(me, end);
  record.length = (uint32_t)size;
  record.site = (uint16_t)(where - 1);
  record.contexts = (uint16_t)((contexts.global + contexts.own) / MULOG_LAYOUT_WORD);
  record.number = me->events;
  record.time = mulog_now(&me->clock);
  memcpy(at, &record, sizeof record);
  if (!mulog_write_contexts(at + sizeof record, &contexts, me)) return 0;
  if (mulog_write_values(at + before, at + size, pairs, count) != at + size) {
    drop(me);
    return 1;
  }
  me->head = end;
  __atomic_store_n(&me->ring->head, end, __ATOMIC_RELEASE);
  __atomic_store_n(&me->ring->events, ++me->events, __ATOMIC_RELEASE);
  return 1;
}

void mulog_log(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count) {
  struct mulog_thread* const me = &mulog_self;
  if (me->busy || count > MULOG_LAYOUT_MOST_PAIRS) {
    mulog_count_dropped();
    return;
  }
  me->busy = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (me->ring != NULL || mulog_claim(me))
    while (!append(me, site, name, pairs, count)) continue;
  else
    mulog_count_dropped();
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  me->busy = 0;
}
