/* What the library has done so far, and what has become of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <time.h>

#include "mulog/state.h"

void mulog_get_stats(mulog_stats* stats) {
  uint32_t i;
  memset(stats, 0, sizeof *stats);
  mulog_lock();
  stats->dropped = __atomic_load_n(&mulog_process.dropped, __ATOMIC_RELAXED);
  stats->left_out = __atomic_load_n(&mulog_process.left_out, __ATOMIC_RELAXED);
  stats->error = mulog_process.error;
  for (i = 0; mulog_process.head != NULL && i < mulog_process.ring_count; ++i) {
    const struct mulog_ring_head* ring = mulog_process.rings[i].head;
    stats->events += __atomic_load_n(&ring->events, __ATOMIC_ACQUIRE);
    stats->receipts += __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
    stats->dropped += __atomic_load_n(&ring->dropped, __ATOMIC_RELAXED);
  }
  mulog_unlock();
}

static uint64_t steady_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The ring, which stays where it is as long as the process lives; NULL: there is none. */
static const struct mulog_ring_head* ring_at(uint32_t index) {
  const struct mulog_ring_head* ring = NULL;
  mulog_lock();
  if (mulog_process.head != NULL && index < mulog_process.ring_count) ring = mulog_process.rings[index].head;
  mulog_unlock();
  return ring;
}

int mulog_flush(unsigned milliseconds) {
  static const struct timespec kMillisecond = {0, 1000000};
  const uint64_t end = steady_ms() + milliseconds;
  const int kept = errno;
  const struct mulog_ring_head* ring;
  uint64_t wanted[MULOG_LAYOUT_MOST_RINGS];
  uint32_t count = 0;
  uint32_t i;
  while (count < MULOG_LAYOUT_MOST_RINGS && (ring = ring_at(count)) != NULL)
    wanted[count++] = __atomic_load_n(&ring->events, __ATOMIC_ACQUIRE);
  for (i = 0; i < count; ++i) {
    ring = ring_at(i);
    while (ring != NULL && __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) < wanted[i]) {
      if (steady_ms() >= end) {
        errno = kept;
        return -1;
      }
      nanosleep(&kMillisecond, NULL);
    }
  }
  errno = kept;
  return 0;
}
