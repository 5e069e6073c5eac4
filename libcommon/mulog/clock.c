/* The time of an event: the cycle counter since the last look at the clock, which is at most 10 ms ago.
 *
 * So times follow the clock where it is set, within 10 ms, and a program that was asleep or moved to another machine
 * has them right after that. Each thread looks for itself, so that no thread waits for another. */
#include <time.h>

#include "mulog/clock.h"

#if MULOG_HAS_CYCLES
#include <cpuid.h>
#endif

static const uint64_t kSecond = 1000000000;
static const uint64_t kInterval = 10000000;
static const uint64_t kSmallStep = 1000000; /* of a clock that is slewed: time stands still instead of going back */

static const uint64_t kMoment = 10000; /* cycles */

static uint64_t shared_rate; /* of the last thread that has measured it; 0: nobody has */

static uint64_t clock_ns(clockid_t which) {
  struct timespec now;
  clock_gettime(which, &now);
  return (uint64_t)now.tv_sec * kSecond + (uint64_t)now.tv_nsec;
}

#if MULOG_HAS_CYCLES
/* The counter runs at one speed, whatever the processor does (Intel SDM vol. 3, 18.17.1). */
static int has_steady_cycles(void) {
  static int known; /* 1: no, 2: yes */
  int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (answer == 0) {
    answer = __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8) != 0 ? 2 : 1;
    __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
  }
  return answer == 2;
}

static int is_near(uint64_t one, uint64_t other) {
  const uint64_t distance = one > other ? one - other : other - one;
  return distance < other / 64;
}

static void anchor(struct mulog_clock* clock, uint64_t cycles, uint64_t steady, uint64_t time) {
  const uint64_t passed = cycles - clock->cycles;
  const uint64_t lasted = steady - clock->steady;
  if (clock->steady != 0 && lasted < kInterval && clock->rate == 0) return; /* too short to measure by */
  if (clock->steady == 0) {
    clock->rate = __atomic_load_n(&shared_rate, __ATOMIC_RELAXED);
  } else if (lasted >= kInterval) {
    const uint64_t rate = cycles > clock->cycles ? (uint64_t)((double)lasted / (double)passed * 4294967296.0) : 0;
    /* One of them only has gone on while the machine slept, or this is another machine: measure again. */
    clock->rate = clock->rate == 0 || is_near(rate, clock->rate) ? rate : 0;
    __atomic_store_n(&shared_rate, clock->rate, __ATOMIC_RELAXED);
  }
  clock->cycles = cycles;
  clock->steady = steady;
  clock->time = time;
  clock->limit = clock->rate == 0 ? 0 : (uint64_t)((double)kInterval * 4294967296.0 / (double)clock->rate);
}
#endif

uint64_t mulog_slow_now(struct mulog_clock* clock) {
  uint64_t time;
#if MULOG_HAS_CYCLES
  if (has_steady_cycles()) {
    const uint64_t before = __builtin_ia32_rdtsc();
    const uint64_t steady = clock_ns(CLOCK_MONOTONIC);
    time = clock_ns(CLOCK_REALTIME);
    const uint64_t after = __builtin_ia32_rdtsc();
    /* Interrupted in between, the readings are not of one moment: the next call tries again. */
    if (after - before < kMoment)
      anchor(clock, before + (after - before) / 2, steady, time);
    else
      clock->limit = 0;
  } else {
    time = clock_ns(CLOCK_REALTIME);
  }
#else
  time = clock_ns(CLOCK_REALTIME);
#endif
  if (time < clock->last && clock->last - time < kSmallStep) time = clock->last;
  return clock->last = time;
}
