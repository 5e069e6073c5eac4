/* The file of the process: made by its first event, kept by a fork's parent, and made anew by the child. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "mulog/directory.h"
#include "mulog/state.h"

enum { kLeastRing = 16 << 10, kDefaultRing = 1 << 20, kMostRing = 1 << 30 };

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
int mulog_reserve(int fd, off_t from, off_t size) {
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
  head->ring_size = mulog_process.ring_size;
  head->instance = instance;
  head->start = start_of_process();
  if (mulog_process.inherited == NULL) return;
  memcpy(mulog_sites_of(head), mulog_sites_of(mulog_process.inherited), mulog_process.inherited_sites);
  head->sites_used = mulog_process.inherited_sites;
}

static void unmap_inherited_file(void) {
  if (mulog_process.inherited != NULL) munmap(mulog_process.inherited, MULOG_LAYOUT_PAGE + MULOG_LAYOUT_SITES);
  mulog_process.inherited = NULL;
}

/* The name that readers look for is given to a whole file. */
static int fill_file(int fd, const char* fresh, uint64_t instance) {
  const size_t size = MULOG_LAYOUT_PAGE + MULOG_LAYOUT_SITES;
  struct stat status;
  void* memory;
  int failed = mulog_reserve(fd, 0, (off_t)size);
  if (failed != 0) return failed;
  if ((failed = lock_as_writer(fd)) != 0) return failed;
  if (fstat(fd, &status) != 0) return errno;
  memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return errno;
  fill_head(memory, instance);
  if (rename(fresh, mulog_process.path) != 0) {
    failed = errno;
    munmap(memory, size);
    return failed;
  }
  mulog_process.device = status.st_dev;
  mulog_process.inode = status.st_ino;
  mulog_process.fd = fd;
  mulog_process.head = memory;
  return 0;
}

/* The rings of the parent's threads, which a forked process has mapped. */
static void unmap_inherited_rings(void) {
  uint32_t i;
  if (mulog_process.inherited == NULL) return;
  for (i = 0; i < mulog_process.ring_count; ++i)
    munmap(mulog_process.rings[i].head, MULOG_LAYOUT_PAGE + 2 * mulog_process.ring_size);
  mulog_process.ring_count = 0;
}

int mulog_make_file(void) {
  enum { kName = 64 };
  char directory[PATH_MAX - kName];
  char fresh[PATH_MAX];
  uint64_t instance = 0;
  int fd;
  int failed = mulog_directory(directory, sizeof directory);
  if (failed != 0) return failed;
  if (getrandom(&instance, sizeof instance, 0) != (ssize_t)sizeof instance) return errno;
  unmap_inherited_rings();
  mulog_process.ring_size = wanted_ring_size();
  snprintf(fresh, sizeof fresh, "%s/.%ld-%016llx.new", directory, (long)getpid(), (unsigned long long)instance);
  snprintf(mulog_process.path, sizeof mulog_process.path, "%s/%ld-%016llx" MULOG_LAYOUT_SUFFIX, directory,
           (long)getpid(), (unsigned long long)instance);
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

int mulog_is_own_file(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && status.st_dev == mulog_process.device && status.st_ino == mulog_process.inode;
}

/* A daemon may have closed all its descriptors, and have opened others. */
int mulog_own_file(void) {
  if (mulog_is_own_file(mulog_process.fd)) return mulog_process.fd;
  mulog_process.fd = open(mulog_process.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (mulog_process.fd < 0) return -1;
  if (mulog_is_own_file(mulog_process.fd) && lock_as_writer(mulog_process.fd) == 0) return mulog_process.fd;
  close(mulog_process.fd);
  mulog_process.fd = -1;
  errno = ESTALE;
  return -1;
}
