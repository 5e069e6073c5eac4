/* mulog: events as values, from programs in C (C89 with stdint.h, or later). Link with -lmulog. See mulog(3).
 *
 *   static mulog_site site;
 *   mulog_pair pairs[2];
 *   pairs[0] = mulog_int("id", 7);
 *   pairs[1] = mulog_string("user", name);
 *   mulog_log(&site, "order-placed", pairs, 2);
 *
 * From C99 on, MULOG("order-placed", mulog_int("id", 7), mulog_string("user", name)) is the same.
 *
 * An event goes into a ring of the thread, in a file of the process that `logcat ring:DIRECTORY` reads. Nothing is
 * formatted, and nothing waits: no lock, no system call and no allocation, but in the first call of a thread and of a
 * call site, and for a clock each 10 ms. When the ring is full the oldest events are overwritten, and the reader says
 * how many.
 *
 * Names and keys are string literals; values are copied. All functions can be called by any thread. What they cannot do
 * they count (mulog_get_stats) and never report by themselves. errno is kept. */
#ifndef MULOG_H
#define MULOG_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MULOG_API __attribute__((visibility("default")))
#else
#define MULOG_API
#endif

/* Bytes of a pair's type in docs/format-ring.md. */
typedef enum mulog_type {
  MULOG_NULL = 0,
  MULOG_INT = 1,
  MULOG_UINT = 2,
  MULOG_DOUBLE = 3,
  MULOG_BOOL = 4,
  MULOG_TIME = 5,     /* ns since 1970 */
  MULOG_DURATION = 6, /* ns */
  MULOG_STRING = 7,
  MULOG_BYTES = 8,
  MULOG_LIST = 9,
  MULOG_EXCEPTION = 10,
  MULOG_ID = 11
} mulog_type;

/* Made by the functions below. Holds the caller's key and bytes, which must last until the event is logged. */
typedef struct mulog_pair {
  const char* key;
  uint16_t type;
  uint16_t of;   /* of a list: type of its values; MULOG_NULL: a mulog_list has them. Exception: 1: types are mangled */
  uint32_t size; /* of bytes; of a list and an exception: how many */
  union {
    int64_t integer;
    uint64_t natural;
    double number;
    const void* bytes;
  } value;
} mulog_pair;

/* Values that are in no array of C: `value` gives them one after the other, and is called twice for each. All of them
 * are of `type`, which is no list and no exception; keys do not count. */
typedef struct mulog_list {
  mulog_type type;
  mulog_pair (*value)(const void* of, size_t index);
  const void* of;
} mulog_list;

/* An exception, or what caused it. NULL where it is not known. */
typedef struct mulog_cause {
  const char* type;
  const char* message;
} mulog_cause;

/* An event's id, 192 bits, big-endian: ns since 1970, then what makes it unique. All zeros: none. */
typedef struct mulog_id {
  unsigned char bytes[24];
} mulog_id;

/* Of a place in the program that logs: static, and zero at first. It belongs to one name, and to its keys. The types of
 * the values may differ from call to call; from the fifth combination of them on, a call takes a lock. */
typedef struct mulog_site {
  struct mulog_variant {
    uint64_t known; /* all of it is the library's */
    uint64_t low, high;
  } variants[4];
} mulog_site;

/* Logs an event with at most 32 pairs. A signal handler may call it: where it interrupts a call of the same thread, its
 * event is only counted. */
MULOG_API void mulog_log(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count);

/* Pairs that each event gets whose own pairs, or whose thread's contexts, have no such key. They are copied, and
 * replace those that were set before; none: there is no global context any longer. */
MULOG_API void mulog_set_global_context(const mulog_pair* pairs, size_t count);

/* A context that a thread has entered: its events get these pairs, which are copied, until it leaves it. Contexts are
 * left in the opposite order, by the thread that has entered them. All of them have room for 4 KiB; one for which there
 * is no room, and one of a signal handler that has interrupted one of these calls, is left out and counted. Entering
 * the first context of a thread allocates that room. */
typedef struct mulog_context {
  void* thread; /* all of it is the library's */
  uint32_t before;
  mulog_id root, parent;
} mulog_context;

MULOG_API void mulog_enter(mulog_context* context, mulog_site* site, const mulog_pair* pairs, size_t count);
MULOG_API void mulog_leave(mulog_context* context);

/* Something that takes time, and is logged when it ends: with "mulog/duration" (ns), "mulog/outcome" ("ok" or "error"),
 * the time when it began, "mulog/trace-id" (an id of its own), "mulog/parent-trace" (of the trace around it; null:
 * there is none) and "mulog/root-trace" (of the outermost). Between its begin and its end it is a context, which gives
 * its id to events and other traces as their parent. It can have 26 pairs. */
typedef struct mulog_trace {
  mulog_context context; /* all of it is the library's */
  mulog_id id, root, parent;
  uint64_t start, steady;
} mulog_trace;

typedef enum mulog_outcome { MULOG_OK, MULOG_ERROR } mulog_outcome;

MULOG_API void mulog_trace_begin(mulog_trace* trace);
MULOG_API void mulog_trace_end(mulog_trace* trace, mulog_site* site, const char* name, mulog_outcome outcome,
                               const mulog_pair* pairs, size_t count);

/* The traces that have come to this process from another one are the context of "mulog/root-trace" and
 * "mulog/parent-trace", pairs of mulog_identity. Ids go from process to process as text of 32 characters, to which
 * mulog_id_text appends a NUL. It returns `text`; mulog_parse_id 0, or -1 for what is no id. */
#define MULOG_ID_TEXT 32
MULOG_API char* mulog_id_text(const mulog_id* id, char* text);
MULOG_API int mulog_parse_id(const char* text, mulog_id* id);
MULOG_API int mulog_is_none(const mulog_id* id);

/* The contexts that the calling thread has entered, for others to enter, as often as they like. NULL: no memory. */
typedef struct mulog_captured mulog_captured;

MULOG_API mulog_captured* mulog_capture(void);
MULOG_API void mulog_enter_captured(mulog_context* context, const mulog_captured* captured);
MULOG_API void mulog_release(mulog_captured* captured);

/* What is logged by this process from now on belongs to this namespace ("mulog/namespace"), a string that is copied.
 * Call it before the first event. */
MULOG_API void mulog_set_namespace(const char* name);

typedef struct mulog_stats {
  uint64_t events;   /* logged, by all threads */
  uint64_t receipts; /* of these, how many the reader has passed on safely, or has found to be overwritten */
  uint64_t dropped;  /* not logged: there is no file or ring for them, they are too long, or a handler was in the way */
  uint64_t left_out; /* contexts */
  int error;         /* errno, where there is no file, or no ring for a thread; else 0 */
} mulog_stats;

MULOG_API void mulog_get_stats(mulog_stats* stats);

/* Waits until each event that was logged before has a receipt; 0: so it is, -1: not within so many milliseconds. */
MULOG_API int mulog_flush(unsigned milliseconds);

#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L || defined(__cplusplus)
#define MULOG_INLINE static inline
#else
#define MULOG_INLINE static __inline__ __attribute__((unused))
#endif

MULOG_INLINE mulog_pair mulog_int(const char* key, int64_t value) {
  mulog_pair pair;
  pair.key = key;
  pair.type = MULOG_INT;
  pair.of = 0;
  pair.size = 0;
  pair.value.integer = value;
  return pair;
}

MULOG_INLINE mulog_pair mulog_uint(const char* key, uint64_t value) {
  mulog_pair pair;
  pair.key = key;
  pair.type = MULOG_UINT;
  pair.of = 0;
  pair.size = 0;
  pair.value.natural = value;
  return pair;
}

MULOG_INLINE mulog_pair mulog_double(const char* key, double value) {
  mulog_pair pair;
  pair.key = key;
  pair.type = MULOG_DOUBLE;
  pair.of = 0;
  pair.size = 0;
  pair.value.number = value;
  return pair;
}

MULOG_INLINE mulog_pair mulog_bool(const char* key, int value) {
  mulog_pair pair = mulog_uint(key, value != 0);
  pair.type = MULOG_BOOL;
  return pair;
}

/* ns since 1970. */
MULOG_INLINE mulog_pair mulog_time(const char* key, int64_t nanoseconds) {
  mulog_pair pair = mulog_int(key, nanoseconds);
  pair.type = MULOG_TIME;
  return pair;
}

MULOG_INLINE mulog_pair mulog_duration(const char* key, int64_t nanoseconds) {
  mulog_pair pair = mulog_int(key, nanoseconds);
  pair.type = MULOG_DURATION;
  return pair;
}

MULOG_INLINE mulog_pair mulog_bytes(const char* key, const void* bytes, size_t size) {
  mulog_pair pair;
  pair.key = key;
  pair.type = MULOG_BYTES;
  pair.of = 0;
  pair.size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
  pair.value.bytes = bytes;
  return pair;
}

/* Text of a length, in UTF-8. NULL is null. */
MULOG_INLINE mulog_pair mulog_text(const char* key, const char* text, size_t size) {
  mulog_pair pair = mulog_bytes(key, text, size);
  pair.type = MULOG_STRING;
  return pair;
}

/* Text that ends with a NUL. NULL is null. */
MULOG_INLINE mulog_pair mulog_string(const char* key, const char* text) {
  return mulog_text(key, text, text == NULL ? 0 : strlen(text));
}

/* For the functions below. */
MULOG_INLINE mulog_pair mulog_many(const char* key, mulog_type type, mulog_type of, const void* values, size_t count) {
  mulog_pair pair = mulog_bytes(key, values, count);
  pair.type = (uint16_t)type;
  pair.of = (uint16_t)of;
  return pair;
}

/* Lists of values. NULL is null. */
MULOG_INLINE mulog_pair mulog_ints(const char* key, const int64_t* values, size_t count) {
  return mulog_many(key, MULOG_LIST, MULOG_INT, values, count);
}

MULOG_INLINE mulog_pair mulog_uints(const char* key, const uint64_t* values, size_t count) {
  return mulog_many(key, MULOG_LIST, MULOG_UINT, values, count);
}

MULOG_INLINE mulog_pair mulog_doubles(const char* key, const double* values, size_t count) {
  return mulog_many(key, MULOG_LIST, MULOG_DOUBLE, values, count);
}

MULOG_INLINE mulog_pair mulog_strings(const char* key, const char* const* texts, size_t count) {
  return mulog_many(key, MULOG_LIST, MULOG_STRING, texts, count);
}

MULOG_INLINE mulog_pair mulog_values(const char* key, const mulog_list* list, size_t count) {
  return mulog_many(key, MULOG_LIST, MULOG_NULL, list, count);
}

/* An exception; each cause after the first is what caused the one before it. */
MULOG_INLINE mulog_pair mulog_exception(const char* key, const mulog_cause* causes, size_t count) {
  return mulog_many(key, MULOG_EXCEPTION, MULOG_NULL, causes, count);
}

/* NULL is null. */
MULOG_INLINE mulog_pair mulog_identity(const char* key, const mulog_id* id) {
  return mulog_many(key, MULOG_ID, MULOG_NULL, id, 0);
}

#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L && !defined(__cplusplus)
#define MULOG(name, ...)                                                                          \
  do {                                                                                            \
    static mulog_site mulog_site_;                                                                \
    const mulog_pair mulog_pairs_[] = {__VA_ARGS__};                                              \
    mulog_log(&mulog_site_, "" name, mulog_pairs_, sizeof mulog_pairs_ / sizeof mulog_pairs_[0]); \
  } while (0)
#endif

#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L && !defined(__cplusplus)
#define MULOG_ENTER(context, ...)                                                                   \
  do {                                                                                              \
    static mulog_site mulog_site_;                                                                  \
    const mulog_pair mulog_pairs_[] = {__VA_ARGS__};                                                \
    mulog_enter(context, &mulog_site_, mulog_pairs_, sizeof mulog_pairs_ / sizeof mulog_pairs_[0]); \
  } while (0)

#define MULOG_TRACE_END(trace, name, outcome, ...)                       \
  do {                                                                   \
    static mulog_site mulog_site_;                                       \
    const mulog_pair mulog_pairs_[] = {__VA_ARGS__};                     \
    mulog_trace_end(trace, &mulog_site_, "" name, outcome, mulog_pairs_, \
                    sizeof mulog_pairs_ / sizeof mulog_pairs_[0]);       \
  } while (0)
#endif

#ifdef __cplusplus
}
#endif

#endif
