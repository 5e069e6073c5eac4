// Writes down what the tools do to the disk, and what they say: a shared library for LD_PRELOAD.
//
// The record is a file, POWERCUT_RECORD. Each entry is a line "KIND PID INODE NUMBER NUMBER LENGTH" and LENGTH bytes:
//
//   start   PID -     0 0        the command line, each word ended by NUL
//   exit    PID -     STATUS 0
//   create  PID INODE 0 0        path         (also what mkdir makes: mkdir)
//   unlink  PID -     0 0        path         (also rmdir)
//   rename  PID -     0 0        path NUL path (also link)
//   write   PID INODE OFFSET 0   bytes
//   resize  PID INODE SIZE 0
//   sync    PID INODE 0 0        a file or a directory
//   range   PID INODE OFFSET N   what a write through an O_DSYNC or O_SYNC descriptor has synced
//   all     PID -     0 0        sync(2), syncfs(2)
//   said    PID -     FD 0       bytes, to a pipe or a socket
//
// All processes share one order: each call and its entry are made under one lock. What is said is entered before it is
// said, and nobody holds the lock while saying it. Paths are absolute, and only those below POWERCUT_ROOT are entered.
// Stores through shared mappings are entered with the next call of their process.
//
// POWERCUT_KILL_AFTER=N: the process is killed after N calls, before it can make use of what the last one did.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SECTOR = 512, MAPPINGS = 16, FIRST_FD = 400 };

static int record = -1;
static long calls_left = -1;  // below 0: as many as it likes
static const char* root;
static dev_t root_device;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct mapping {
  char *bytes, *known;
  size_t length;
  ino_t inode;
} mappings[MAPPINGS];

// A test that goes on with a record that lacks something would prove nothing.
static void need(int true_one, const char* what) {
  if (true_one) return;
  char text[200];
  int length = snprintf(text, sizeof text, "powercut recorder: %s: %s\n", what, strerror(errno));
  syscall(SYS_write, 2, text, length);
  abort();
}

static void write_whole(const void* bytes, size_t length) {
  while (length > 0) {
    long done = syscall(SYS_write, record, bytes, length);
    need(done > 0, "write the record");
    bytes = (const char*)bytes + done;
    length -= done;
  }
}

static void enter(const char* kind, ino_t inode, uint64_t first, uint64_t second, const void* bytes, size_t length) {
  char head[160];
  int n = snprintf(head, sizeof head, "%s %d %ju %ju %ju %zu\n", kind, getpid(), (uintmax_t)inode, (uintmax_t)first,
                   (uintmax_t)second, length);
  write_whole(head, n);
  write_whole(bytes, length);
}

static void enter_mapped(void) {
  for (struct mapping* m = mappings; m < mappings + MAPPINGS; ++m)
    for (size_t at = 0; m->bytes && at < m->length; at += SECTOR) {
      if (memcmp(m->bytes + at, m->known + at, SECTOR) == 0) continue;
      memcpy(m->known + at, m->bytes + at, SECTOR);
      enter("write", m->inode, at, 0, m->known + at, SECTOR);
    }
}

static void set_lock(short type) {
  struct flock all = {.l_type = type, .l_whence = SEEK_SET};
  while (syscall(SYS_fcntl, record, F_SETLKW, &all) != 0) need(errno == EINTR, "lock the record");
}

// False: nothing is recorded here.
static int begin(void) {
  if (record < 0) return 0;
  pthread_mutex_lock(&mutex);
  set_lock(F_WRLCK);
  enter_mapped();
  return 1;
}

static void end(int begun) {
  if (!begun) return;
  int error = errno;
  if (calls_left >= 0 && calls_left-- == 0) kill(getpid(), SIGKILL);
  set_lock(F_UNLCK);
  pthread_mutex_unlock(&mutex);
  errno = error;
}

// Of a file or directory that may be below the root; 0: it is something else.
static ino_t inode_of(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0 || status.st_dev != root_device) return 0;
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? status.st_ino : 0;
}

static off_t size_of(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_size : 0;
}

static int is_stream(int fd) {
  struct stat status;
  return fd != 2 && fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

// The absolute path; false where it is not below the root.
static int below_root(int directory, const char* path, char* absolute) {
  if (path[0] == '/') {
    snprintf(absolute, PATH_MAX, "%s", path);
  } else {
    char link[64], base[PATH_MAX / 2];
    snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
    ssize_t n = readlink(link, base, sizeof base - 1);
    need(n > 0, "find the working directory");
    base[n] = 0;
    snprintf(absolute, PATH_MAX, "%s/%s", base, path);
  }
  size_t length = strlen(root);
  return strncmp(absolute, root, length) == 0 && absolute[length] == '/';
}

static ino_t inode_at(const char* path) {
  struct stat status;
  return lstat(path, &status) == 0 ? status.st_ino : 0;
}

static void enter_path(const char* kind, ino_t inode, const char* path) {
  enter(kind, inode, 0, 0, path, strlen(path));
}

// ---- a process

static void at_exit(int status, void* unused) {
  (void)unused;
  int begun = begin();
  if (begun) enter("exit", 0, status, 0, "", 0);
  end(begun);
}

__attribute__((constructor)) static void start(void) {
  const char* path = getenv("POWERCUT_RECORD");
  root = getenv("POWERCUT_ROOT");
  if (!path || !root) return;
  struct stat status;
  need(stat(root, &status) == 0, "find POWERCUT_ROOT");
  root_device = status.st_dev;
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  need(fd >= 0, "open POWERCUT_RECORD");
  record = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, FIRST_FD);  // out of the tools' way
  need(record >= 0, "keep POWERCUT_RECORD open");
  syscall(SYS_close, fd);
  on_exit(at_exit, NULL);
  char words[16384];
  int file = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t length = syscall(SYS_read, file, words, sizeof words);
  need(length > 0, "read the command line");
  syscall(SYS_close, file);
  int begun = begin();
  enter("start", 0, 0, 0, words, length);
  end(begun);
  const char* calls = getenv("POWERCUT_KILL_AFTER");
  if (calls) calls_left = atol(calls);
}

// ---- names

static int open_recorded(int directory, const char* path, int flags, mode_t mode) {
  char absolute[PATH_MAX];
  if (record < 0 || !(flags & (O_CREAT | O_TRUNC)) || !below_root(directory, path, absolute))
    return syscall(SYS_openat, directory, path, flags, mode);
  int begun = begin();
  struct stat before;
  int was_there = lstat(absolute, &before) == 0;
  int fd = syscall(SYS_openat, directory, path, flags, mode);
  if (fd >= 0 && !was_there) enter_path("create", inode_of(fd), absolute);
  if (fd >= 0 && was_there && (flags & O_TRUNC) && before.st_size > 0) enter("resize", inode_of(fd), 0, 0, "", 0);
  end(begun);
  return fd;
}

#define OPEN(name, directory, ...)                      \
  int name(__VA_ARGS__, int flags, ...) {               \
    mode_t mode = 0;                                    \
    if (flags & (O_CREAT | O_TMPFILE)) {                \
      va_list rest;                                     \
      va_start(rest, flags);                            \
      mode = va_arg(rest, int);                         \
      va_end(rest);                                     \
    }                                                   \
    return open_recorded(directory, path, flags, mode); \
  }
OPEN(open, AT_FDCWD, const char* path)
OPEN(open64, AT_FDCWD, const char* path)
OPEN(openat, directory, int directory, const char* path)
OPEN(openat64, directory, int directory, const char* path)
int __open_2(const char* path, int flags) {
  return open_recorded(AT_FDCWD, path, flags, 0);
}
int __open64_2(const char* path, int flags) {
  return open_recorded(AT_FDCWD, path, flags, 0);
}
int creat(const char* path, mode_t mode) {
  return open_recorded(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int mkdirat(int directory, const char* path, mode_t mode) {
  char absolute[PATH_MAX];
  if (record < 0 || !below_root(directory, path, absolute)) return syscall(SYS_mkdirat, directory, path, mode);
  int begun = begin();
  int result = syscall(SYS_mkdirat, directory, path, mode);
  if (result == 0) enter_path("mkdir", inode_at(absolute), absolute);
  end(begun);
  return result;
}

int mkdir(const char* path, mode_t mode) {
  return mkdirat(AT_FDCWD, path, mode);
}

char* mkdtemp(char* pattern) {  // the C library's would not call our mkdir()
  int begun = begin();
  char absolute[PATH_MAX];
  char* (*real)(char*) = (char* (*)(char*))dlsym(RTLD_NEXT, "mkdtemp");
  need(real != NULL, "find mkdtemp()");
  char* made = real(pattern);
  if (begun && made && below_root(AT_FDCWD, made, absolute)) enter_path("mkdir", inode_at(absolute), absolute);
  end(begun);
  return made;
}

static int remove_recorded(int directory, const char* path, int flags) {
  char absolute[PATH_MAX];
  int begun = record >= 0 && below_root(directory, path, absolute) && begin();
  int result = syscall(SYS_unlinkat, directory, path, flags);
  if (begun && result == 0) enter_path("unlink", 0, absolute);
  end(begun);
  return result;
}

int unlink(const char* path) {
  return remove_recorded(AT_FDCWD, path, 0);
}
int unlinkat(int directory, const char* path, int flags) {
  return remove_recorded(directory, path, flags);
}
int rmdir(const char* path) {
  return remove_recorded(AT_FDCWD, path, AT_REMOVEDIR);
}

static int two_paths(const char* kind, long call, const char* from, const char* to) {
  char paths[2 * PATH_MAX];
  int begun = record >= 0 && below_root(AT_FDCWD, from, paths);
  size_t length = begun ? strlen(paths) + 1 : 0;
  begun = begun && below_root(AT_FDCWD, to, paths + length) && begin();
  int result = syscall(call, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (begun && result == 0) enter(kind, 0, 0, 0, paths, length + strlen(paths + length));
  end(begun);
  return result;
}

int rename(const char* from, const char* to) {
  return two_paths("rename", SYS_renameat2, from, to);
}
int link(const char* from, const char* to) {
  return two_paths("link", SYS_linkat, from, to);
}

// ---- bytes

static void enter_written(int fd, ino_t inode, off_t offset, const struct iovec* parts, int count, ssize_t done) {
  char* bytes = malloc(done);
  size_t at = 0;
  for (int i = 0; i < count && at < (size_t)done; ++i) {
    size_t length = parts[i].iov_len < done - at ? parts[i].iov_len : done - at;
    memcpy(bytes + at, parts[i].iov_base, length);
    at += length;
  }
  enter("write", inode, offset, 0, bytes, done);
  free(bytes);
  if (fcntl(fd, F_GETFL) & O_DSYNC) enter("range", inode, offset, done, "", 0);
}

// A tool may have opened its standard output again, so as not to be held up there.
static int said_on(int fd) {
  struct stat there, output;
  int same = !syscall(SYS_fstat, fd, &there) && !syscall(SYS_fstat, 1, &output) && there.st_dev == output.st_dev &&
             there.st_ino == output.st_ino;
  return same ? 1 : fd;
}

static void say(int fd, const struct iovec* parts, size_t count) {
  int begun = record >= 0 && is_stream(fd) && begin();
  for (size_t i = 0; begun && i < count; ++i) enter("said", 0, said_on(fd), 0, parts[i].iov_base, parts[i].iov_len);
  end(begun);
}

// offset -1: where the descriptor stands.
static ssize_t write_recorded(int fd, const struct iovec* parts, int count, off_t offset) {
  say(fd, parts, count);
  ino_t inode = record >= 0 ? inode_of(fd) : 0;
  int begun = inode && begin();
  int appends = begun && (fcntl(fd, F_GETFL) & O_APPEND);  // pwrite(2) too
  off_t at = appends ? size_of(fd) : offset >= 0 ? offset : lseek(fd, 0, SEEK_CUR);
  ssize_t done =
      offset >= 0 ? syscall(SYS_pwritev, fd, parts, count, offset, 0) : syscall(SYS_writev, fd, parts, count);
  if (begun && done > 0) enter_written(fd, inode, at, parts, count, done);
  end(begun);
  return done;
}

static ssize_t write_one(int fd, const void* bytes, size_t length, off_t offset) {
  struct iovec part = {(void*)bytes, length};
  return write_recorded(fd, &part, 1, offset);
}

ssize_t write(int fd, const void* bytes, size_t length) {
  return write_one(fd, bytes, length, -1);
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
  return write_recorded(fd, parts, count, -1);
}
ssize_t pwrite(int fd, const void* bytes, size_t length, off_t offset) {
  return write_one(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t length, off_t offset) {
  return write_one(fd, bytes, length, offset);
}
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t offset) {
  return write_recorded(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec* parts, int count, off_t offset) {
  return write_recorded(fd, parts, count, offset);
}

ssize_t send(int fd, const void* bytes, size_t length, int flags) {
  say(fd, &(struct iovec){(void*)bytes, length}, 1);
  return syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
  say(fd, message->msg_iov, message->msg_iovlen);
  return syscall(SYS_sendmsg, fd, message, flags);
}

int ftruncate(int fd, off_t size) {
  int begun = record >= 0 && inode_of(fd) && begin();
  int result = syscall(SYS_ftruncate, fd, size);
  if (begun && result == 0) enter("resize", inode_of(fd), size, 0, "", 0);
  end(begun);
  return result;
}

int ftruncate64(int fd, off_t size) {
  return ftruncate(fd, size);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  int begun = record >= 0 && inode_of(fd) && begin();
  off_t before = begun ? size_of(fd) : 0;
  int result = syscall(SYS_fallocate, fd, mode, offset, length);
  // FALLOC_FL_KEEP_SIZE alone takes room and changes nothing that could be read.
  if (begun) need((mode & ~FALLOC_FL_KEEP_SIZE) == 0, "record fallocate(2) with such a mode");
  if (begun && result == 0 && size_of(fd) != before) enter("resize", inode_of(fd), size_of(fd), 0, "", 0);
  end(begun);
  return result;
}

int fallocate64(int fd, int mode, off_t offset, off_t length) {
  return fallocate(fd, mode, offset, length);
}

// ---- shared mappings that are written

void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  void* found = (void*)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
  if (record < 0 || fd < 0 || found == MAP_FAILED || !(flags & MAP_SHARED) || !(protection & PROT_WRITE) ||
      !inode_of(fd))
    return found;
  int begun = begin();
  struct mapping* free_one = mappings;
  while (free_one < mappings + MAPPINGS && free_one->bytes) ++free_one;
  need(free_one < mappings + MAPPINGS && offset == 0 && length % SECTOR == 0, "follow a shared mapping");
  *free_one = (struct mapping){found, malloc(length), length, inode_of(fd)};
  memcpy(free_one->known, found, length);
  end(begun);
  return found;
}

void* mmap64(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap(address, length, protection, flags, fd, offset);
}

int munmap(void* address, size_t length) {
  int begun = begin();
  for (struct mapping* m = mappings; begun && m < mappings + MAPPINGS; ++m)
    if (m->bytes == address) {
      free(m->known);
      *m = (struct mapping){0};
    }
  end(begun);
  return syscall(SYS_munmap, address, length);
}

// ---- syncs: a sync that has not returned has synced nothing yet

static int sync_recorded(int fd, long call) {
  int begun = record >= 0 && inode_of(fd) && begin();
  int result = syscall(call, fd);
  if (begun && result == 0) enter("sync", inode_of(fd), 0, 0, "", 0);
  end(begun);
  return result;
}

int fsync(int fd) {
  return sync_recorded(fd, SYS_fsync);
}
int fdatasync(int fd) {
  return sync_recorded(fd, SYS_fdatasync);
}

int syncfs(int fd) {
  int begun = begin();
  int result = syscall(SYS_syncfs, fd);
  if (begun && result == 0) enter("all", 0, 0, 0, "", 0);
  end(begun);
  return result;
}

void sync(void) {
  int begun = begin();
  syscall(SYS_sync);
  if (begun) enter("all", 0, 0, 0, "", 0);
  end(begun);
}

int msync(void* address, size_t length, int flags) {
  int begun = begin();
  int result = syscall(SYS_msync, address, length, flags);
  for (struct mapping* m = mappings; begun && result == 0 && (flags & MS_SYNC) && m < mappings + MAPPINGS; ++m)
    if (m->bytes == address) enter("range", m->inode, 0, length, "", 0);
  end(begun);
  return result;
}
