/* The log call (docs/decisions/0060). */
#include "mulog/mulog.h"

#include "mulog/clock.h"
#include "mulog/process.h"

static __thread struct mulog_thread self __attribute__((tls_model("initial-exec")));

enum { kWord = 8 };

static uint64_t in_words(uint64_t size) {
  return (size + kWord - 1) & ~(uint64_t)(kWord - 1);
}

/* What the pairs are, beside the size of the event. */
struct shape {
  uint64_t types[2];
  uint64_t size;
};

static inline struct shape shape_of(const mulog_pair* pairs, size_t count) {
  struct shape shape = {{0, 0}, sizeof(struct mulog_record) + count * kWord};
  size_t i;
  for (i = 0; i < count; ++i) {
    shape.types[i / 16] |= (uint64_t)pairs[i].type << i % 16 * 4;
    if (pairs[i].type >= MULOG_STRING) shape.size += in_words(pairs[i].size);
  }
  return shape;
}

static inline uint32_t where_described(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count,
                                       const struct shape* shape) {
  const uint64_t known = __atomic_load_n(&site->known, __ATOMIC_ACQUIRE);
  if (__builtin_expect(
          known >> 32 == count && known != 0 && site->types[0] == shape->types[0] && site->types[1] == shape->types[1],
          1))
    return (uint32_t)known;
  return mulog_describe(site, name, pairs, count);
}

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

static inline void write_values(unsigned char* at, const mulog_pair* pairs, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) {
    if (pairs[i].type < MULOG_STRING) {
      memcpy(at, &pairs[i].value, kWord);
    } else {
      const uint64_t size = pairs[i].size;
      memcpy(at, &size, kWord);
      memcpy(at + kWord, pairs[i].value.bytes, size);
      at += in_words(size);
    }
    at += kWord;
  }
}

static void drop(struct mulog_thread* me) {
  __atomic_store_n(&me->ring->dropped, ++me->dropped, __ATOMIC_RELAXED);
}

static inline void append(struct mulog_thread* me, mulog_site* site, const char* name, const mulog_pair* pairs,
                          size_t count) {
  const struct shape shape = shape_of(pairs, count);
  const uint32_t where = where_described(site, name, pairs, count, &shape);
  const uint64_t end = me->head + shape.size;
  unsigned char* at = me->bytes + (me->head & (me->size - 1));
  struct mulog_record record;
  if (where == 0 || shape.size > me->size / 4) {
    drop(me);
    return;
  }
  if (end - me->oldest > me->size) give_up_oldest(me, end);
  record.length = (uint32_t)shape.size;
  record.site = where - 1;
  record.number = me->events++;
  record.time = mulog_now(&me->clock);
  memcpy(at, &record, sizeof record);
  write_values(at + sizeof record, pairs, count);
  me->head = end;
  __atomic_store_n(&me->ring->head, end, __ATOMIC_RELEASE);
  __atomic_store_n(&me->ring->events, me->events, __ATOMIC_RELEASE);
}

void mulog_log(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count) {
  struct mulog_thread* const me = &self;
  if (me->busy || count > MULOG_LAYOUT_MOST_PAIRS) {
    mulog_count_dropped();
    return;
  }
  me->busy = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (me->ring != NULL || mulog_claim(me))
    append(me, site, name, pairs, count);
  else
    mulog_count_dropped();
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  me->busy = 0;
}
