/* Forks again and again, while four threads log: each child has a file of its own for its one event, with the context
 * of its parent. Needs GNU C. */
#include <mulog.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kThreads = 4, kChildren = 40 };

static int done;

static void* run(void* data) {
  (void)data;
  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) MULOG("in-thread", mulog_int("pid", getpid()));
  return NULL;
}

int main(void) {
  pthread_t threads[kThreads];
  mulog_context context;
  long i;
  MULOG_ENTER(&context, mulog_int("parent", getpid()));
  for (i = 0; i < kThreads; ++i)
    if (pthread_create(&threads[i], NULL, run, NULL) != 0) return 71;
  for (i = 0; i < kChildren; ++i) {
    const pid_t child = fork();
    int status = 1;
    if (child == 0) {
      mulog_stats stats;
      MULOG("in-child", mulog_int("child", i), mulog_int("pid", getpid()));
      mulog_get_stats(&stats);
      _exit(stats.events == 1 && stats.dropped == 0 ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  __atomic_store_n(&done, 1, __ATOMIC_RELAXED);
  for (i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  mulog_leave(&context);
  return 0;
}
