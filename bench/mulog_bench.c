/* What a log call of mulog costs, beside what it could be compared with, all in one run: medians and 99th percentiles
 * of batches of 100 calls. make mulog-bench; build/release/mulog-bench [THREADS] */
#include <mulog.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kCalls = 100, kBatches = 20000, kMostThreads = 64 };

static uint64_t counter;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void log_call(int i) {
  MULOG("order-placed", mulog_int("id", i), mulog_int("items", 3), mulog_double("total", 12.5));
}

static void read_clock(int i) {
  struct timespec time;
  (void)i;
  clock_gettime(CLOCK_REALTIME, &time);
}

static void add(int i) {
  (void)i;
  __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
}

static int compare(const void* one, const void* other) {
  const double a = *(const double*)one;
  const double b = *(const double*)other;
  return (a > b) - (a < b);
}

static void measure(const char* what, void (*call)(int)) {
  double* costs = malloc(sizeof(double) * kBatches);
  int batch;
  if (costs == NULL) exit(71);
  for (batch = 0; batch < kBatches; ++batch) {
    const uint64_t start = now();
    int i;
    for (i = 0; i < kCalls; ++i) call(i);
    costs[batch] = (double)(now() - start) / kCalls;
  }
  qsort(costs, kBatches, sizeof *costs, compare);
  printf("%-24s median %6.1f ns   99th percentile %6.1f ns\n", what, costs[kBatches / 2], costs[kBatches / 100 * 99]);
  free(costs);
}

static void* log_many(void* data) {
  measure((const char*)data, log_call);
  return NULL;
}

int main(int argc, char** argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 4;
  pthread_t all[kMostThreads];
  mulog_stats stats;
  int i;
  log_call(0);
  measure("warming up", log_call);
  measure("mulog, 1 thread", log_call);
  measure("clock_gettime", read_clock);
  measure("fetch_add, uncontended", add);
  for (i = 0; i < threads && i < kMostThreads; ++i)
    if (pthread_create(&all[i], NULL, log_many, (void*)"mulog, one of the threads") != 0) return 71;
  for (i = 0; i < threads && i < kMostThreads; ++i) pthread_join(all[i], NULL);
  mulog_get_stats(&stats);
  printf("%llu events, %llu dropped\n", (unsigned long long)stats.events, (unsigned long long)stats.dropped);
  return stats.dropped == 0 ? 0 : 1;
}
