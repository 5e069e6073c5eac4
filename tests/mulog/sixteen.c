/* 16 threads that log at once, each with contexts and traces, while the global context changes and others look on;
 * twice, so that the rings of the first are used again. For the thread sanitizer. Needs GNU C. */
#include <mulog.h>
#include <pthread.h>

enum { kThreads = 16, kEvents = 2000 };

static mulog_captured* captured;
static int at_work;

static void* run(void* data) {
  const long thread = (long)data;
  mulog_context handed;
  int i;
  mulog_enter_captured(&handed, captured);
  MULOG("started", mulog_int("thread", thread));
  __atomic_fetch_add(&at_work, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&at_work, __ATOMIC_SEQ_CST) % kThreads != 0) continue;
  for (i = 0; i < kEvents; ++i) {
    mulog_context context;
    mulog_trace trace;
    MULOG_ENTER(&context, mulog_int("thread", thread), mulog_string("text", "of a context"));
    mulog_trace_begin(&trace);
    MULOG("counted", mulog_int("count", i), mulog_string("text", i % 3 == 0 ? "fizz" : "a longer text"));
    MULOG_TRACE_END(&trace, "traced", MULOG_OK, mulog_int("count", i));
    mulog_leave(&context);
  }
  mulog_leave(&handed);
  return NULL;
}

static void* look_on(void* data) {
  int i;
  (void)data;
  for (i = 0; i < kEvents / 10; ++i) {
    const mulog_pair pairs[] = {mulog_int("generation", i), mulog_string("text", "of the process")};
    mulog_stats stats;
    mulog_set_global_context(pairs, 2);
    mulog_get_stats(&stats);
    (void)mulog_flush(0);
  }
  return NULL;
}

static int run_all(void) {
  pthread_t threads[kThreads + 1];
  long i;
  for (i = 0; i <= kThreads; ++i)
    if (pthread_create(&threads[i], NULL, i == kThreads ? look_on : run, (void*)i) != 0) return 1;
  for (i = 0; i <= kThreads; ++i) pthread_join(threads[i], NULL);
  return 0;
}

int main(void) {
  mulog_context context;
  mulog_stats stats;
  MULOG_ENTER(&context, mulog_string("app", "sixteen"));
  captured = mulog_capture();
  if (run_all() != 0 || run_all() != 0) return 71;
  mulog_release(captured);
  mulog_leave(&context);
  mulog_get_stats(&stats);
  return stats.events == 2 * kThreads * (1 + 2 * kEvents) && stats.dropped == 0 && stats.left_out == 0 ? 0 : 1;
}
