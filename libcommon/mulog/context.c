/* Contexts: their values are encoded when they are entered, so that a log call only copies bytes. */
#include "mulog/context.h"

#include <errno.h>
#include <stdlib.h>

#include "mulog/value.h"

struct mulog_global mulog_global;

struct mulog_captured {
  mulog_id root, parent;
  uint32_t size;
  uint64_t words[];
};

/* Its bytes, with their head; 0: they do not fit, or there is no file to describe them in. */
static uint32_t encode(uint64_t* words, uint64_t room, mulog_site* site, const mulog_pair* pairs, size_t count) {
  struct mulog_context_head head;
  unsigned char* const at = (unsigned char*)words;
  const struct mulog_shape shape = mulog_shape_of(pairs, count);
  const uint64_t size = sizeof head + shape.size;
  const uint32_t where = count > MULOG_LAYOUT_MOST_PAIRS || size > room
                             ? 0
                             : mulog_where_described(site, NULL, pairs, count, shape.low, shape.high);
  if (where == 0) return 0;
  memset(at, 0, size);
  head.length = (uint32_t)size;
  head.site = where - 1;
  memcpy(at, &head, sizeof head);
  return mulog_write_values(at + sizeof head, at + size, pairs, count) == at + size ? head.length : 0;
}

/* ---- of a thread */

static int is_ready(struct mulog_thread* me) {
  if (me->ring == NULL && !mulog_claim(me)) return 0;
  if (me->opened != NULL) return 1;
  me->opened = calloc(1, sizeof *me->opened);
  return me->opened != NULL;
}

static int begin(struct mulog_thread* me, mulog_context* context) {
  const int kept = errno;
  int ready;
  memset(context, 0, sizeof *context);
  if (me->busy) return 0;
  me->busy = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  ready = is_ready(me);
  errno = kept;
  if (!ready) {
    me->busy = 0;
    return 0;
  }
  context->before = me->opened_size;
  context->root = me->opened->root;
  context->parent = me->opened->parent;
  return 1;
}

/* The bytes were written behind those that events get. */
static void end(struct mulog_thread* me, mulog_context* context, uint32_t size) {
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (size != 0) {
    me->opened_size += size;
    context->thread = me;
  } else {
    mulog_count_left_out();
  }
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  me->busy = 0;
}

static uint64_t* free_words(struct mulog_thread* me) {
  return me->opened->words + me->opened_size / MULOG_LAYOUT_WORD;
}

static void take_ids(struct mulog_opened* opened, const mulog_pair* pairs, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) {
    if (pairs[i].type != MULOG_ID || pairs[i].value.bytes == NULL) continue;
    if (strcmp(pairs[i].key, MULOG_ROOT_KEY) == 0) memcpy(&opened->root, pairs[i].value.bytes, sizeof opened->root);
    if (strcmp(pairs[i].key, MULOG_PARENT_KEY) == 0)
      memcpy(&opened->parent, pairs[i].value.bytes, sizeof opened->parent);
  }
}

void mulog_enter(mulog_context* context, mulog_site* site, const mulog_pair* pairs, size_t count) {
  struct mulog_thread* const me = &mulog_self;
  uint32_t size;
  if (!begin(me, context)) {
    mulog_count_left_out();
    return;
  }
  size = encode(free_words(me), MULOG_LAYOUT_MOST_CONTEXT - me->opened_size, site, pairs, count);
  if (size != 0) take_ids(me->opened, pairs, count);
  end(me, context, size);
}

void mulog_leave(mulog_context* context) {
  struct mulog_thread* const me = context->thread;
  if (me != &mulog_self || me->opened == NULL || me->opened_size < context->before) return;
  me->opened_size = context->before;
  me->opened->root = context->root;
  me->opened->parent = context->parent;
  context->thread = NULL;
}

/* ---- from one thread to another */

mulog_captured* mulog_capture(void) {
  const struct mulog_thread* const me = &mulog_self;
  const uint32_t size = me->opened_size;
  const int kept = errno;
  mulog_captured* const captured = malloc(sizeof *captured + size);
  errno = kept;
  if (captured == NULL) {
    mulog_count_left_out();
    return NULL;
  }
  memset(captured, 0, sizeof *captured);
  captured->size = size;
  if (size == 0) return captured;
  captured->root = me->opened->root;
  captured->parent = me->opened->parent;
  memcpy(captured->words, me->opened->words, size);
  return captured;
}

void mulog_enter_captured(mulog_context* context, const mulog_captured* captured) {
  struct mulog_thread* const me = &mulog_self;
  memset(context, 0, sizeof *context);
  if (captured == NULL || captured->size == 0) return;
  if (!begin(me, context)) {
    mulog_count_left_out();
    return;
  }
  if (captured->size > MULOG_LAYOUT_MOST_CONTEXT - me->opened_size) {
    end(me, context, 0);
    return;
  }
  memcpy(free_words(me), captured->words, captured->size);
  me->opened->root = captured->root;
  me->opened->parent = captured->parent;
  end(me, context, captured->size);
}

void mulog_release(mulog_captured* captured) {
  free(captured);
}

/* ---- global */

static void put_into_use(const uint64_t* words, uint32_t size) {
  uint64_t generation;
  struct mulog_slot* slot;
  uint32_t i;
  mulog_lock();
  generation = mulog_global.generation + 1;
  slot = &mulog_global.slots[generation & 1];
  for (i = 0; i < size / MULOG_LAYOUT_WORD; ++i) __atomic_store_n(&slot->words[i], words[i], __ATOMIC_RELEASE);
  __atomic_store_n(&slot->size, size, __ATOMIC_RELEASE);
  __atomic_store_n(&mulog_global.generation, generation, __ATOMIC_RELEASE);
  mulog_unlock();
}

void mulog_set_global_context(const mulog_pair* pairs, size_t count) {
  struct mulog_thread* const me = &mulog_self;
  uint64_t words[MULOG_CONTEXT_WORDS];
  mulog_site site;
  uint32_t size = 0;
  if (me->busy) {
    mulog_count_left_out();
    return;
  }
  memset(&site, 0, sizeof site);
  me->busy = 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  if (count > 0 && (me->ring != NULL || mulog_claim(me))) size = encode(words, sizeof words, &site, pairs, count);
  if (count > 0 && size == 0)
    mulog_count_left_out();
  else
    put_into_use(words, size);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  me->busy = 0;
}
