/* The library's own: the contexts that an event gets, the process's and its thread's, as they are in a ring. */
#ifndef MULOG_CONTEXT_H
#define MULOG_CONTEXT_H

#include "mulog/process.h"

enum { MULOG_CONTEXT_WORDS = MULOG_LAYOUT_MOST_CONTEXT / MULOG_LAYOUT_WORD };

/* The global context is written to the slot that is not in use, and then put into use by the next generation. Who was
 * copying the other one sees the generation, and copies again; nobody waits, not even a handler that has interrupted
 * the writer. Release and acquire on each word put them in order. */
struct mulog_global {
  uint64_t generation; /* 0: there has been none */
  struct mulog_slot {
    uint64_t size; /* bytes */
    uint64_t words[MULOG_CONTEXT_WORDS];
  } slots[2];
};
extern struct mulog_global mulog_global __attribute__((visibility("hidden")));

/* Of a thread, from the outermost context to the innermost. */
struct mulog_opened {
  mulog_id root, parent; /* of the innermost trace, or as a context has them */
  uint64_t words[MULOG_CONTEXT_WORDS];
};

/* What an event that is written now gets. */
struct mulog_contexts {
  uint64_t generation;
  uint64_t global, own; /* bytes */
};

static inline const struct mulog_slot* mulog_slot_of(uint64_t generation) {
  return &mulog_global.slots[generation & 1];
}

static inline struct mulog_contexts mulog_contexts_of(const struct mulog_thread* thread) {
  struct mulog_contexts contexts;
  contexts.generation = __atomic_load_n(&mulog_global.generation, __ATOMIC_ACQUIRE);
  contexts.global =
      contexts.generation == 0 ? 0 : __atomic_load_n(&mulog_slot_of(contexts.generation)->size, __ATOMIC_ACQUIRE);
  contexts.own = thread->opened_size;
  return contexts;
}

/* 0: there is another global context meanwhile. */
static inline int mulog_write_contexts(unsigned char* at, const struct mulog_contexts* contexts,
                                       const struct mulog_thread* thread) {
  if (contexts->generation != 0) {
    const uint64_t* const from = mulog_slot_of(contexts->generation)->words;
    uint64_t i;
    for (i = 0; i < contexts->global / MULOG_LAYOUT_WORD; ++i) {
      const uint64_t word = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
      memcpy(at + i * MULOG_LAYOUT_WORD, &word, sizeof word);
    }
    if (__atomic_load_n(&mulog_global.generation, __ATOMIC_RELAXED) != contexts->generation) return 0;
  }
  if (contexts->own != 0) memcpy(at + contexts->global, thread->opened->words, contexts->own);
  return 1;
}

#endif
