/* The rings of the process, its threads, and its forks. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mulog/context.h"
#include "mulog/state.h"

struct mulog_process mulog_process;

/* The mutex is held by the first call of a thread, and of a call site; never by other calls. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static __thread int locks __attribute__((tls_model("initial-exec")));
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;

void mulog_lock(void) {
  locks = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  pthread_mutex_lock(&mutex);
}

void mulog_unlock(void) {
  pthread_mutex_unlock(&mutex);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  locks = 0;
}

int mulog_holds_lock(void) {
  return locks;
}

void mulog_count_dropped(void) {
  __atomic_fetch_add(&mulog_process.dropped, 1, __ATOMIC_RELAXED);
}

void mulog_count_left_out(void) {
  __atomic_fetch_add(&mulog_process.left_out, 1, __ATOMIC_RELAXED);
}

/* ---- rings */

static int map_ring(int fd, off_t offset, struct mulog_ring_head** ring) {
  const size_t once_over = MULOG_LAYOUT_PAGE + mulog_process.ring_size;
  unsigned char* memory =
      mmap(NULL, once_over + mulog_process.ring_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return errno;
  if (mmap(memory, once_over, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, offset) == MAP_FAILED ||
      mmap(memory + once_over, mulog_process.ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
           offset + MULOG_LAYOUT_PAGE) == MAP_FAILED) {
    const int failed = errno;
    munmap(memory, once_over + mulog_process.ring_size);
    return failed;
  }
  *ring = (struct mulog_ring_head*)memory;
  return 0;
}

static int add_ring(struct mulog_ring** added) {
  const off_t size = (off_t)(MULOG_LAYOUT_PAGE + mulog_process.ring_size);
  const off_t offset = MULOG_LAYOUT_PAGE + MULOG_LAYOUT_SITES + (off_t)mulog_process.ring_count * size;
  struct mulog_ring* ring = &mulog_process.rings[mulog_process.ring_count];
  int failed;
  int fd;
  if (mulog_process.ring_count == MULOG_LAYOUT_MOST_RINGS) return EMFILE;
  fd = mulog_own_file();
  if (fd < 0) return errno;
  if ((failed = mulog_reserve(fd, offset, size)) != 0) return failed;
  if ((failed = map_ring(fd, offset, &ring->head)) != 0) return failed;
  ring->in_use = 0;
  __atomic_store_n(&mulog_process.head->ring_count, ++mulog_process.ring_count, __ATOMIC_RELEASE);
  *added = ring;
  return 0;
}

static int find_ring(struct mulog_ring** found) {
  uint32_t i;
  int failed;
  if (mulog_process.head == NULL && (failed = mulog_make_file()) != 0) return failed;
  for (i = 0; i < mulog_process.ring_count; ++i) {
    *found = &mulog_process.rings[i];
    if (!(*found)->in_use) return 0;
  }
  return add_ring(found);
}

static void take_ring(struct mulog_thread* thread, struct mulog_ring* ring) {
  ring->in_use = 1;
  thread->bytes = (unsigned char*)ring->head + MULOG_LAYOUT_PAGE;
  thread->size = mulog_process.ring_size;
  thread->head = ring->head->head;
  thread->oldest = ring->head->oldest;
  thread->events = ring->head->events;
  thread->dropped = ring->head->dropped;
  thread->traces = ring->head->traces;
  thread->index = (uint16_t)(ring - mulog_process.rings);
  thread->instance = mulog_process.head->instance;
  thread->ring = ring->head;
}

static void thread_ends(void* data) {
  struct mulog_thread* thread = data;
  uint32_t i;
  mulog_lock();
  for (i = 0; i < mulog_process.ring_count; ++i)
    if (mulog_process.rings[i].head == thread->ring) mulog_process.rings[i].in_use = 0;
  mulog_unlock();
  thread->ring = NULL;
  thread->opened_size = 0;
  free(thread->opened);
  thread->opened = NULL;
}

/* ---- fork */

static struct mulog_thread* forking;

static void before_fork(void) {
  mulog_lock();
  forking = pthread_getspecific(thread_key);
}

static void after_fork_in_parent(void) {
  mulog_unlock();
}

static void after_fork_in_child(void) {
  if (forking != NULL) {
    forking->ring = NULL;
    forking->hopeless = 0;
  }
  if (mulog_process.head != NULL) {
    if (mulog_is_own_file(mulog_process.fd)) close(mulog_process.fd);
    mulog_process.inherited = mulog_process.head;
    mulog_process.inherited_sites = mulog_process.head->sites_used;
    mulog_process.head = NULL;
  }
  mulog_process.dropped = 0;
  mulog_process.left_out = 0;
  mulog_process.error = 0;
  mulog_unlock();
}

static void prepare(void) {
  if (pthread_key_create(&thread_key, thread_ends) != 0 ||
      pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
    mulog_process.error = ENOMEM;
}

int mulog_claim(struct mulog_thread* thread) {
  const int kept = errno;
  struct mulog_ring* ring = NULL;
  int failed;
  if (thread->hopeless || mulog_holds_lock()) return 0;
  pthread_once(&once, prepare);
  mulog_lock();
  failed = pthread_setspecific(thread_key, thread);
  if (failed == 0) failed = find_ring(&ring);
  if (failed == 0) {
    take_ring(thread, ring);
  } else {
    mulog_process.error = failed;
    thread->hopeless = 1;
  }
  mulog_unlock();
  errno = kept;
  return failed == 0;
}
