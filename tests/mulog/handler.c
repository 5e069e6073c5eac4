/* A signal handler that logs, enters contexts, and interrupts a thread that does the same. Needs GNU C. */
#include <errno.h>
#include <mulog.h>
#include <signal.h>
#include <sys/time.h>

enum { kSignals = 200 };

static volatile sig_atomic_t signals;
static volatile long logged;

static void handle(int number) {
  const int kept = errno;
  mulog_context context;
  errno = number;
  MULOG_ENTER(&context, mulog_int("signal", number));
  MULOG("in-handler", mulog_int("count", signals), mulog_string("text", "of the handler"));
  mulog_leave(&context);
  if (errno != number) logged = -1000000;
  errno = kept;
  ++signals;
}

static void log_one(long i) {
  mulog_context context;
  volatile int pause;
  MULOG_ENTER(&context, mulog_int("outer", i), mulog_string("text", i % 2 == 0 ? "even" : "odd, and longer"));
  MULOG("in-thread", mulog_int("count", i), mulog_string("parity", i % 2 == 0 ? "even" : "odd, and longer"));
  mulog_leave(&context);
  ++logged;
  for (pause = 0; pause < 300; ++pause) continue;
}

int main(void) {
  const struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
  struct sigaction action;
  mulog_stats stats;
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  log_one(0);
  if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &often, NULL) != 0) return 71;
  while (signals < kSignals) log_one(logged);
  if (setitimer(ITIMER_REAL, &never, NULL) != 0) return 71;
  mulog_get_stats(&stats);
  /* All of the thread's are there, and those of the handler but for what is counted. */
  return logged > 0 && stats.events + stats.dropped == (uint64_t)(logged + signals) &&
                 stats.dropped <= (uint64_t)signals && stats.events >= (uint64_t)logged
             ? 0
             : 1;
}
