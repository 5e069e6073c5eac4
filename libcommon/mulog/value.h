/* The library's own: values as they are in a ring (docs/format-ring.md). */
#ifndef MULOG_VALUE_H
#define MULOG_VALUE_H

#include "mulog/layout.h"
#include "mulog/mulog.h"

/* What the pairs are, and the bytes of their values. */
struct mulog_shape {
  uint64_t low, high; /* types, 4 bits each */
  uint64_t size;
};

static inline uint64_t mulog_in_words(uint64_t size) {
  return (size + MULOG_LAYOUT_WORD - 1) & ~(uint64_t)(MULOG_LAYOUT_WORD - 1);
}

/* Of a list, an exception or an id: the bytes after the first word. More than any ring has where it is none of them. */
uint64_t mulog_size_after_word(const mulog_pair* pair);

/* Writes all of them, and gives where they end. NULL: that is not before `end`, as they have changed meanwhile, or a
 * value of a list is not of its type. */
unsigned char* mulog_write_checked(unsigned char* at, const unsigned char* end, const mulog_pair* pairs, size_t count);

static inline struct mulog_shape mulog_shape_of(const mulog_pair* pairs, size_t count) {
  struct mulog_shape shape = {0, 0, count * MULOG_LAYOUT_WORD};
  size_t i;
  for (i = 0; i < count; ++i) {
    const uint64_t type = pairs[i].type;
    if (__builtin_expect(i < 16, 1))
      shape.low |= type << i * 4;
    else
      shape.high |= type << (i - 16) * 4;
    if (type < MULOG_STRING) continue;
    shape.size += type <= MULOG_BYTES ? mulog_in_words(pairs[i].size) : mulog_size_after_word(&pairs[i]);
  }
  return shape;
}

static inline unsigned char* mulog_write_text(unsigned char* at, const void* bytes, uint64_t size) {
  const uint64_t length = bytes == NULL ? MULOG_LAYOUT_NO_TEXT : size;
  memcpy(at, &length, sizeof length);
  at += sizeof length;
  if (bytes == NULL) return at + mulog_in_words(size);
  memcpy(at, bytes, size);
  return at + mulog_in_words(size);
}

/* As mulog_write_checked, of which it makes no use for values whose bytes the pair has counted. */
static inline unsigned char* mulog_write_values(unsigned char* at, const unsigned char* end, const mulog_pair* pairs,
                                                size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) {
    if (pairs[i].type < MULOG_STRING) {
      memcpy(at, &pairs[i].value, MULOG_LAYOUT_WORD);
      at += MULOG_LAYOUT_WORD;
    } else if (pairs[i].type <= MULOG_BYTES) {
      at = mulog_write_text(at, pairs[i].value.bytes, pairs[i].size);
    } else {
      return mulog_write_checked(at, end, pairs + i, count - i);
    }
  }
  return at;
}

#endif
