/* threads ROUND EVENTS SHARED PAUSE: four threads that log events 0, 1, 2, ..., in contexts, and note in the file
 * SHARED how many of the calls have returned (four 64-bit numbers), so that this is known when the process is killed.
 * Between calls they wait for PAUSE microseconds. */
#include <fcntl.h>
#include <mulog.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { kThreads = 4 };

static long round_number;
static long events;
static uint64_t* returned;
static struct timespec between;

static void* run(void* data) {
  const long thread = (long)data;
  mulog_context context;
  long i;
  MULOG_ENTER(&context, mulog_int("round", round_number), mulog_int("thread", thread));
  for (i = 0; i < events; ++i) {
    volatile int pause;
    MULOG("counted", mulog_int("count", i),
          mulog_string("text", i % 3 == 0 ? "fizz" : "a longer text that takes some words"));
    __atomic_store_n(&returned[thread], (uint64_t)i + 1, __ATOMIC_RELEASE);
    if (between.tv_nsec > 0) nanosleep(&between, NULL);
    for (pause = 0; pause < 300; ++pause) continue;
  }
  mulog_leave(&context);
  return NULL;
}

int main(int argc, char** argv) {
  pthread_t threads[kThreads];
  long i;
  const int fd = argc == 5 ? open(argv[3], O_RDWR) : -1;
  if (fd < 0) return 64;
  round_number = atol(argv[1]);
  events = atol(argv[2]);
  between.tv_nsec = atol(argv[4]) * 1000;
  returned = mmap(NULL, sizeof(uint64_t) * kThreads, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (returned == MAP_FAILED) return 74;
  for (i = 0; i < kThreads; ++i)
    if (pthread_create(&threads[i], NULL, run, (void*)i) != 0) return 71;
  for (i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  return 0;
}
