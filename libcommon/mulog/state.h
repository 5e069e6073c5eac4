/* The library's own: what its files share of the process. Guarded by mulog_lock. */
#ifndef MULOG_STATE_H
#define MULOG_STATE_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "mulog/process.h"

enum { MULOG_LONGEST_TEXT = 255 };

struct mulog_ring {
  struct mulog_ring_head* head; /* and its bytes twice, after that page */
  int in_use;
};

extern struct mulog_process {
  struct mulog_file_head* head; /* and the area of call sites after it; NULL: no file yet */
  uint64_t ring_size;
  uint32_t ring_count;
  int fd; /* locked as long as the process lives */
  dev_t device;
  ino_t inode;
  char path[PATH_MAX];
  struct mulog_ring rings[MULOG_LAYOUT_MOST_RINGS];
  struct mulog_file_head* inherited; /* the parent's, whose call sites this process knows */
  uint32_t inherited_sites;
  char namespace_[MULOG_LONGEST_TEXT + 1];
  uint64_t dropped;  /* events that no ring could count */
  uint64_t left_out; /* contexts */
  int error;         /* errno */
} mulog_process __attribute__((visibility("hidden")));

static inline unsigned char* mulog_sites_of(struct mulog_file_head* head) {
  return (unsigned char*)head + MULOG_LAYOUT_PAGE;
}

/* This thread holds the lock, as a signal handler in it must know. */
int mulog_holds_lock(void);

/* These give 0 or errno. */

/* The file of the process, which has none, and no rings. */
int mulog_make_file(void);
/* Its descriptor, or -1 and errno. */
int mulog_own_file(void);
int mulog_is_own_file(int fd);
/* So that no store to it can fail for want of room. */
int mulog_reserve(int fd, off_t from, off_t size);

#endif
