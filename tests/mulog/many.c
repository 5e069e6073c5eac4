/* many THREADS: so many threads that log at once, each of them once. Ends with status 0 if all but those of 1,024 are
 * counted as dropped. Needs GNU C. */
#include <errno.h>
#include <mulog.h>
#include <pthread.h>
#include <stdlib.h>

enum { kRings = 1024, kMost = 4096 };

static pthread_barrier_t all_logged;

static void* run(void* data) {
  MULOG("one-of-many", mulog_int("thread", (long)data));
  pthread_barrier_wait(&all_logged);
  return NULL;
}

int main(int argc, char** argv) {
  static pthread_t threads[kMost];
  const long count = argc == 2 ? atol(argv[1]) : 0;
  mulog_stats stats;
  long i;
  if (count < kRings || count > kMost || pthread_barrier_init(&all_logged, NULL, (unsigned)count) != 0) return 64;
  for (i = 0; i < count; ++i)
    if (pthread_create(&threads[i], NULL, run, (void*)i) != 0) return 71;
  for (i = 0; i < count; ++i) pthread_join(threads[i], NULL);
  mulog_get_stats(&stats);
  return stats.events == kRings && stats.dropped == (uint64_t)(count - kRings) && stats.error == EMFILE ? 0 : 1;
}
