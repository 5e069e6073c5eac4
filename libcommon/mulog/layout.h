/* What a ring file holds (docs/format-ring.md), for the library that writes it and the reader. C and C++. */
#ifndef MULOG_LAYOUT_H
#define MULOG_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MULOG_STATIC_ASSERT(condition) static_assert(condition, #condition)
#else
#define MULOG_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif

#define MULOG_LAYOUT_MAGIC "mulogrng"
#define MULOG_LAYOUT_SUFFIX ".ring"

enum {
  MULOG_LAYOUT_VERSION = 1,
  MULOG_LAYOUT_BYTE_ORDER = 0x01020304,
  MULOG_LAYOUT_PAGE = 4096, /* of the file's head, and of each ring's */
  MULOG_LAYOUT_SITES = 256 << 10,
  MULOG_LAYOUT_MOST_RINGS = 1024,
  MULOG_LAYOUT_MOST_PAIRS = 32,
  MULOG_LAYOUT_MOST_CONTEXT = 4096, /* bytes of the global context, and of a thread's */
  MULOG_LAYOUT_WORD = 8,
  MULOG_LAYOUT_WRITER_LOCK = 0, /* bytes of the file that are locked (fcntl(2), F_OFD_SETLK) */
  MULOG_LAYOUT_READER_LOCK = 1
};

#define MULOG_LAYOUT_NO_TEXT UINT64_MAX /* the length of a text that is null */
#define MULOG_LAYOUT_NO_LIST UINT32_MAX
#define MULOG_LAYOUT_MANGLED 1u /* types of exceptions are as the C++ ABI of Itanium has them */
#define MULOG_LAYOUT_ID 24u     /* bytes of an id */

/* The first page. What may change while the program runs is written and read with the atomics of the compiler. */
struct mulog_file_head {
  char magic[8];
  uint32_t version;
  uint32_t byte_order;
  uint32_t pid;
  uint32_t sites_size; /* of the area of call sites, after this page */
  uint64_t ring_size;  /* bytes of a ring without its head; a power of two */
  uint64_t instance;   /* random */
  uint64_t start;      /* of the process: field 22 of /proc/PID/stat */
  uint32_t ring_count; /* rings that there are: grows */
  uint32_t sites_used; /* bytes of the area of call sites: grows */
};

/* The page before the bytes of a ring: a cache line that the program writes, and one that the reader writes. */
struct mulog_ring_head {
  uint64_t head;    /* bytes ever written: where the next event goes, modulo the size */
  uint64_t oldest;  /* where the oldest whole event is */
  uint64_t events;  /* ever written */
  uint64_t dropped; /* that were not written, as they did not fit */
  uint64_t traces;  /* that got an id of this ring */
  uint64_t unused[3];
  uint64_t tail; /* how many of the events have a receipt */
};

/* Before the contexts and the values of an event. Its length is a multiple of 8. */
struct mulog_record {
  uint32_t length;   /* with this */
  uint16_t site;     /* where its call site is, in words of the area of call sites */
  uint16_t contexts; /* words of all contexts */
  uint64_t number;   /* of the event in its ring: 0, 1, 2, ... */
  uint64_t time;     /* ns since 1970 */
};

/* Before the values of a context. */
struct mulog_context_head {
  uint32_t length; /* with this; a multiple of 8 */
  uint32_t site;   /* where its keys are described, in words of the area of call sites */
};

/* Before the values of a list, and the causes of an exception. */
struct mulog_list_head {
  uint32_t type;  /* of the values; of an exception: MULOG_LAYOUT_MANGLED or 0 */
  uint32_t count; /* MULOG_LAYOUT_NO_LIST: null */
};

/* A call site, or the keys of a context. After it: type and length of key (a byte each) of each pair, then name,
 * namespace and keys. */
struct mulog_site_head {
  uint32_t length; /* with all of it; a multiple of 8 */
  uint8_t pairs;
  uint8_t name;       /* bytes */
  uint8_t namespace_; /* bytes */
  uint8_t unused;
};

MULOG_STATIC_ASSERT(sizeof(struct mulog_site_head) == 8);
MULOG_STATIC_ASSERT(sizeof(struct mulog_file_head) == 56);
MULOG_STATIC_ASSERT(offsetof(struct mulog_ring_head, tail) == 64);
MULOG_STATIC_ASSERT(sizeof(struct mulog_record) == 24);
MULOG_STATIC_ASSERT(sizeof(struct mulog_context_head) == 8);
MULOG_STATIC_ASSERT(sizeof(struct mulog_list_head) == 8);
MULOG_STATIC_ASSERT(MULOG_LAYOUT_SITES / MULOG_LAYOUT_WORD <= UINT16_MAX);

#endif
