/* mulog_fill EVENTS THREADS: logs so many events, divided among threads, for a reader to read afterwards. */
#include <mulog.h>
#include <pthread.h>
#include <stdlib.h>

enum { kMostThreads = 64 };

static void* log_all(void* data) {
  const long events = *(const long*)data;
  long i;
  for (i = 0; i < events; ++i)
    MULOG("order-placed", mulog_int("id", i), mulog_int("items", 3), mulog_double("total", 12.5));
  return NULL;
}

int main(int argc, char** argv) {
  const int threads = argc == 3 ? atoi(argv[2]) : 0;
  long each = argc == 3 ? atol(argv[1]) / (threads > 0 ? threads : 1) : 0;
  pthread_t all[kMostThreads];
  mulog_stats stats;
  int i;
  if (threads < 1 || threads > kMostThreads) return 64;
  for (i = 0; i < threads; ++i)
    if (pthread_create(&all[i], NULL, log_all, &each) != 0) return 71;
  for (i = 0; i < threads; ++i) pthread_join(all[i], NULL);
  mulog_get_stats(&stats);
  return stats.dropped == 0 && stats.error == 0 ? 0 : 1;
}
