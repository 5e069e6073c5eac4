/* The library's own: the time, in the few ns that a log call has for it. */
#ifndef MULOG_CLOCK_H
#define MULOG_CLOCK_H

#include "mulog/process.h"

#if defined(__x86_64__) && !defined(MULOG_NO_CYCLES)
#define MULOG_HAS_CYCLES 1
#else
#define MULOG_HAS_CYCLES 0
#endif

/* ns since 1970. */
static inline uint64_t mulog_now(struct mulog_clock* clock) {
#if MULOG_HAS_CYCLES
  const uint64_t passed = __builtin_ia32_rdtsc() - clock->cycles;
  if (__builtin_expect(passed < clock->limit, 1)) {
    const uint64_t time = clock->time + (passed * clock->rate >> 32);
    if (__builtin_expect(time >= clock->last, 1)) return clock->last = time;
    return clock->last; /* less than the interval: the clock is slewed, or this processor's counter is behind */
  }
#endif
  return mulog_slow_now(clock);
}

#endif
