/* Logs while its clock is set (clock_ahead.c is linked with it): each event says what the clock was just before. */
#include <mulog.h>
#include <stdlib.h>
#include <time.h>

static int64_t now_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The library looks at the clock each 10 ms: after 30 ms it has seen it. An event for each 0.1 ms of them. */
static void log_for_a_while(const char* offset) {
  int64_t next = now_ns(CLOCK_MONOTONIC);
  const int64_t end = next + 30000000;
  setenv("CLOCK_OFFSET", offset, 1);
  for (; next < end; next += 100000) {
    while (now_ns(CLOCK_MONOTONIC) < next) continue;
    MULOG("meanwhile", mulog_string("offset", offset));
  }
  MULOG("set", mulog_time("clock", now_ns(CLOCK_REALTIME)), mulog_string("offset", offset));
}

int main(void) {
  log_for_a_while("0");
  log_for_a_while("3600");
  log_for_a_while("-86400");
  log_for_a_while("0");
  return 0;
}
