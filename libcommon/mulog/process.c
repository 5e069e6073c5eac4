/* The file of the process: made by its first event, kept by a fork's parent, and made anew by the child. */
#define _GNU_SOURCE
#include "mulog/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mulog/directory.h"

enum { kLeastRing = 16 << 10, kDefaultRing = 1 << 20, kMostRing = 1 << 30, kLongestText = 255 };

struct ring {
  struct mulog_ring_head* head; /* and its bytes twice, after that page */
  int in_use;
};

/* The mutex is held by the first call of a thread, and of a call site; never by other calls. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static __thread int locks __attribute__((tls_model("initial-exec"))); /* this thread holds it, as a handler must know */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;

static struct {
  struct mulog_file_head* head; /* and the area of call sites after it; NULL: no file yet */
  uint64_t ring_size;
  uint32_t ring_count;
  int fd; /* locked as long as the process lives */
  dev_t device;
  ino_t inode;
  char path[PATH_MAX];
  struct ring rings[MULOG_LAYOUT_MOST_RINGS];
  struct mulog_file_head* inherited; /* the parent's, whose call sites this process knows */
  uint32_t inherited_sites;
  char namespace_[kLongestText + 1];
} process;

static uint64_t dropped;  /* events that no ring could count */
static uint64_t left_out; /* contexts */
static int error;         /* errno */

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

void mulog_count_dropped(void) {
  __atomic_fetch_add(&dropped, 1, __ATOMIC_RELAXED);
}

void mulog_count_left_out(void) {
  __atomic_fetch_add(&left_out, 1, __ATOMIC_RELAXED);
}

static unsigned char* sites_of(struct mulog_file_head* head) {
  return (unsigned char*)head + MULOG_LAYOUT_PAGE;
}

/* ---- the file */

static uint64_t wanted_ring_size(void) {
  const char* text = secure_getenv("MULOG_RING_SIZE");
  const unsigned long long wanted = text == NULL ? kDefaultRing : strtoull(text, NULL, 10);
  uint64_t size = kLeastRing;
  while (size < wanted && size < kMostRing) size *= 2;
  return size;
}

/* Field 22 of /proc/self/stat; what is before it may have spaces and ')' in it. */
static uint64_t start_of_process(void) {
  char text[1024];
  const int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  const char* at;
  int field;
  if (fd >= 0) close(fd);
  if (got <= 0) return 0;
  text[got] = '\0';
  at = strrchr(text, ')');
  for (field = 2; at != NULL && field < 22; ++field) at = strchr(at + 1, ' ');
  return at == NULL ? 0 : strtoull(at, NULL, 10);
}

static int lock_as_writer(int fd) {
  struct flock range;
  memset(&range, 0, sizeof range);
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = MULOG_LAYOUT_WRITER_LOCK;
  range.l_len = 1;
  return fcntl(fd, F_OFD_SETLK, &range) == 0 ? 0 : errno;
}

/* So that no store to it can fail for want of room. A limit is asked for first, as the kernel would send SIGXFSZ. */
static int reserve(int fd, off_t from, off_t size) {
  struct rlimit limit;
  int failed;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && (rlim_t)(from + size) > limit.rlim_cur)
    return EFBIG;
  do {
    failed = posix_fallocate(fd, from, size);
  } while (failed == EINTR);
  return failed;
}

static void fill_head(struct mulog_file_head* head, uint64_t instance) {
  memcpy(head->magic, MULOG_LAYOUT_MAGIC, sizeof head->magic);
  head->version = MULOG_LAYOUT_VERSION;
  head->byte_order = MULOG_LAYOUT_BYTE_ORDER;
  head->pid = (uint32_t)getpid();
  head->sites_size = MULOG_LAYOUT_SITES;
  head->ring_size = process.ring_size;
  head->instance = instance;
  head->start = start_of_process();
  if (process.inherited == NULL) return;
  memcpy(sites_of(head), sites_of(process.inherited), process.inherited_sites);
  head->sites_used = process.inherited_sites;
}

static void unmap_inherited_file(void) {
  if (process.inherited != NULL) munmap(process.inherited, MULOG_LAYOUT_PAGE + MULOG_LAYOUT_SITES);
  process.inherited = NULL;
}

/* The name that readers look for is given to a whole file. */
static int fill_file(int fd, const char* fresh, uint64_t instance) {
  const size_t size = MULOG_LAYOUT_PAGE + MULOG_LAYOUT_SITES;
  struct stat status;
  void* memory;
  int failed = reserve(fd, 0, (off_t)size);
  if (failed != 0) return failed;
  if ((failed = lock_as_writer(fd)) != 0) return failed;
  if (fstat(fd, &status) != 0) return errno;
  memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return errno;
  fill_head(memory, instance);
  if (rename(fresh, process.path) != 0) {
    failed = errno;
    munmap(memory, size);
    return failed;
  }
  process.device = status.st_dev;
  process.inode = status.st_ino;
  process.fd = fd;
  process.head = memory;
  return 0;
}

/* The rings of the parent's threads, which a forked process has mapped. */
static void unmap_inherited_rings(void) {
  uint32_t i;
  if (process.inherited == NULL) return;
  for (i = 0; i < process.ring_count; ++i) munmap(process.rings[i].head, MULOG_LAYOUT_PAGE + 2 * process.ring_size);
  process.ring_count = 0;
}

static int make_file(void) {
  enum { kName = 64 };
  char directory[PATH_MAX - kName];
  char fresh[PATH_MAX];
  uint64_t instance = 0;
  int fd;
  int failed = mulog_directory(directory, sizeof directory);
  if (failed != 0) return failed;
  if (getrandom(&instance, sizeof instance, 0) != (ssize_t)sizeof instance) return errno;
  unmap_inherited_rings();
  process.ring_size = wanted_ring_size();
  snprintf(fresh, sizeof fresh, "%s/.%ld-%016llx.new", directory, (long)getpid(), (unsigned long long)instance);
  snprintf(process.path, sizeof process.path, "%s/%ld-%016llx" MULOG_LAYOUT_SUFFIX, directory, (long)getpid(),
           (unsigned long long)instance);
  fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  failed = fill_file(fd, fresh, instance);
  if (failed == 0) {
    unmap_inherited_file();
    return 0;
  }
  unlink(fresh);
  close(fd);
  return failed;
}

static int is_own_file(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && status.st_dev == process.device && status.st_ino == process.inode;
}

/* A daemon may have closed all its descriptors, and have opened others. */
static int own_file(void) {
  if (is_own_file(process.fd)) return process.fd;
  process.fd = open(process.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (process.fd < 0) return -1;
  if (is_own_file(process.fd) && lock_as_writer(process.fd) == 0) return process.fd;
  close(process.fd);
  process.fd = -1;
  errno = ESTALE;
  return -1;
}

/* ---- rings */

static int map_ring(int fd, off_t offset, struct mulog_ring_head** ring) {
  const size_t once_over = MULOG_LAYOUT_PAGE + process.ring_size;
  unsigned char* memory =
      mmap(NULL, once_over + process.ring_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return errno;
  if (mmap(memory, once_over, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, offset) == MAP_FAILED ||
      mmap(memory + once_over, process.ring_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
           offset + MULOG_LAYOUT_PAGE) == MAP_FAILED) {
    const int failed = errno;
    munmap(memory, once_over + process.ring_size);
    return failed;
  }
  *ring = (struct mulog_ring_head*)memory;
  return 0;
}

static int add_ring(struct ring** added) {
  const off_t size = (off_t)(MULOG_LAYOUT_PAGE + process.ring_size);
  const off_t offset = MULOG_LAYOUT_PAGE + MULOG_LAYOUT_SITES + (off_t)process.ring_count * size;
  struct ring* ring = &process.rings[process.ring_count];
  int failed;
  int fd;
  if (process.ring_count == MULOG_LAYOUT_MOST_RINGS) return EMFILE;
  fd = own_file();
  if (fd < 0) return errno;
  if ((failed = reserve(fd, offset, size)) != 0) return failed;
  if ((failed = map_ring(fd, offset, &ring->head)) != 0) return failed;
  ring->in_use = 0;
  __atomic_store_n(&process.head->ring_count, ++process.ring_count, __ATOMIC_RELEASE);
  *added = ring;
  return 0;
}

static int find_ring(struct ring** found) {
  uint32_t i;
  int failed;
  if (process.head == NULL && (failed = make_file()) != 0) return failed;
  for (i = 0; i < process.ring_count; ++i) {
    *found = &process.rings[i];
    if (!(*found)->in_use) return 0;
  }
  return add_ring(found);
}

static void take_ring(struct mulog_thread* thread, struct ring* ring) {
  ring->in_use = 1;
  thread->bytes = (unsigned char*)ring->head + MULOG_LAYOUT_PAGE;
  thread->size = process.ring_size;
  thread->head = ring->head->head;
  thread->oldest = ring->head->oldest;
  thread->events = ring->head->events;
  thread->dropped = ring->head->dropped;
  thread->traces = ring->head->traces;
  thread->index = (uint16_t)(ring - process.rings);
  thread->instance = process.head->instance;
  thread->ring = ring->head;
}

static void thread_ends(void* data) {
  struct mulog_thread* thread = data;
  uint32_t i;
  mulog_lock();
  for (i = 0; i < process.ring_count; ++i)
    if (process.rings[i].head == thread->ring) process.rings[i].in_use = 0;
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
  if (process.head != NULL) {
    if (is_own_file(process.fd)) close(process.fd);
    process.inherited = process.head;
    process.inherited_sites = process.head->sites_used;
    process.head = NULL;
  }
  dropped = 0;
  left_out = 0;
  error = 0;
  mulog_unlock();
}

static void prepare(void) {
  if (pthread_key_create(&thread_key, thread_ends) != 0 ||
      pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
    error = ENOMEM;
}

int mulog_claim(struct mulog_thread* thread) {
  const int kept = errno;
  struct ring* ring = NULL;
  int failed;
  if (thread->hopeless || locks) return 0;
  pthread_once(&once, prepare);
  mulog_lock();
  failed = pthread_setspecific(thread_key, thread);
  if (failed == 0) failed = find_ring(&ring);
  if (failed == 0) {
    take_ring(thread, ring);
  } else {
    error = failed;
    thread->hopeless = 1;
  }
  mulog_unlock();
  errno = kept;
  return failed == 0;
}

/* ---- call sites */

static size_t text_length(const char* text) {
  return text == NULL ? 0 : strnlen(text, kLongestText);
}

static uint32_t write_site(unsigned char* into, const char* name, const mulog_pair* pairs, size_t count) {
  const char* const namespace_ = name == NULL ? "" : process.namespace_;
  struct mulog_site_head head = {0, (uint8_t)count, (uint8_t)text_length(name), (uint8_t)strlen(namespace_), 0};
  unsigned char* at = into + sizeof head;
  size_t i;
  for (i = 0; i < count; ++i) {
    *at++ = (unsigned char)pairs[i].type;
    *at++ = (unsigned char)text_length(pairs[i].key);
  }
  if (name != NULL) at = (unsigned char*)mempcpy(at, name, head.name);
  at = (unsigned char*)mempcpy(at, namespace_, head.namespace_);
  for (i = 0; i < count; ++i) at = (unsigned char*)mempcpy(at, pairs[i].key, text_length(pairs[i].key));
  while ((at - into) % 8 != 0) *at++ = 0;
  head.length = (uint32_t)(at - into);
  memcpy(into, &head, sizeof head);
  return head.length;
}

/* Of a description that is the same: of the same place in a plug-in that was loaded again, for example. */
static uint32_t find_site(const unsigned char* wanted, uint32_t length) {
  const unsigned char* sites = sites_of(process.head);
  const uint32_t used = process.head->sites_used;
  uint32_t at = 0;
  while (at < used) {
    const struct mulog_site_head* head = (const struct mulog_site_head*)(const void*)(sites + at);
    if (head->length == length && memcmp(head, wanted, length) == 0) return at / MULOG_LAYOUT_WORD + 1;
    at += head->length;
  }
  return 0;
}

static uint32_t add_site(const unsigned char* site, uint32_t length) {
  const uint32_t used = process.head->sites_used;
  if (length > MULOG_LAYOUT_SITES - used) {
    error = ENOSPC;
    return 0;
  }
  memcpy(sites_of(process.head) + used, site, length);
  __atomic_store_n(&process.head->sites_used, used + length, __ATOMIC_RELEASE);
  return used / MULOG_LAYOUT_WORD + 1;
}

uint32_t mulog_describe(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count) {
  static unsigned char text[sizeof(struct mulog_site_head) + (MULOG_LAYOUT_MOST_PAIRS + 2) * (kLongestText + 3)];
  uint32_t length;
  uint32_t where;
  if (locks) return 0; /* a handler, in one of the functions below */
  mulog_lock();
  length = write_site(text, name, pairs, count);
  where = find_site(text, length);
  if (where == 0) where = add_site(text, length);
  if (where != 0 && site->known == 0) {
    size_t i;
    for (i = 0; i < count; ++i) site->types[i / 16] |= (uint64_t)pairs[i].type << i % 16 * 4;
    __atomic_store_n(&site->known, where | (uint64_t)count << 32, __ATOMIC_RELEASE);
  }
  mulog_unlock();
  return where;
}

void mulog_set_namespace(const char* name) {
  mulog_lock();
  snprintf(process.namespace_, sizeof process.namespace_, "%s", name);
  mulog_unlock();
}

/* ---- what there is to say */

void mulog_get_stats(mulog_stats* stats) {
  uint32_t i;
  memset(stats, 0, sizeof *stats);
  mulog_lock();
  stats->dropped = __atomic_load_n(&dropped, __ATOMIC_RELAXED);
  stats->left_out = __atomic_load_n(&left_out, __ATOMIC_RELAXED);
  stats->error = error;
  for (i = 0; process.head != NULL && i < process.ring_count; ++i) {
    const struct mulog_ring_head* ring = process.rings[i].head;
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
  if (process.head != NULL && index < process.ring_count) ring = process.rings[index].head;
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
