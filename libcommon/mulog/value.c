/* Lists, exceptions and ids. Their bytes are counted first, and then written: what changes in between must not go
 * beyond what was counted. */
#include "mulog/value.h"

static const uint64_t kTooMuch = (uint64_t)1 << 40;

static uint64_t size_of_text(const char* text) {
  return MULOG_LAYOUT_WORD + (text == NULL ? 0 : mulog_in_words(strlen(text)));
}

static int is_of_words(const mulog_pair* list) {
  return list->of == MULOG_INT || list->of == MULOG_UINT || list->of == MULOG_DOUBLE;
}

/* A value of a list that is not an array of words. */
static mulog_pair value_at(const mulog_pair* list, size_t index) {
  const mulog_list* const by_function = list->value.bytes;
  if (list->of == MULOG_STRING) return mulog_string(NULL, ((const char* const*)list->value.bytes)[index]);
  return by_function->value(by_function->of, index);
}

static uint32_t type_of_values(const mulog_pair* list) {
  if (list->of != MULOG_NULL || list->value.bytes == NULL) return list->of;
  return ((const mulog_list*)list->value.bytes)->type;
}

static uint64_t size_of_list(const mulog_pair* list) {
  uint64_t size = 0;
  uint32_t i;
  if (is_of_words(list)) return (uint64_t)list->size * MULOG_LAYOUT_WORD;
  for (i = 0; i < list->size && size < kTooMuch; ++i) {
    const mulog_pair value = value_at(list, i);
    size += value.type == MULOG_LIST || value.type == MULOG_EXCEPTION ? kTooMuch : mulog_shape_of(&value, 1).size;
  }
  return size;
}

static uint64_t size_of_exception(const mulog_pair* exception) {
  const mulog_cause* const causes = exception->value.bytes;
  uint64_t size = 0;
  uint32_t i;
  for (i = 0; i < exception->size && size < kTooMuch; ++i)
    size += size_of_text(causes[i].type) + size_of_text(causes[i].message);
  return size;
}

uint64_t mulog_size_after_word(const mulog_pair* pair) {
  if (pair->type == MULOG_ID) return MULOG_LAYOUT_ID - MULOG_LAYOUT_WORD;
  if (pair->type > MULOG_ID) return kTooMuch;
  if (pair->value.bytes == NULL) return 0;
  return pair->type == MULOG_LIST ? size_of_list(pair) : size_of_exception(pair);
}

static unsigned char* write_head(unsigned char* at, uint32_t type, const mulog_pair* pair) {
  struct mulog_list_head head;
  head.type = type;
  head.count = pair->value.bytes == NULL ? MULOG_LAYOUT_NO_LIST : pair->size;
  memcpy(at, &head, sizeof head);
  return at + sizeof head;
}

static unsigned char* write_list(unsigned char* at, const unsigned char* end, const mulog_pair* list) {
  const uint32_t type = type_of_values(list);
  uint32_t i;
  at = write_head(at, type, list);
  if (list->value.bytes == NULL) return at;
  if (is_of_words(list)) {
    if ((uint64_t)(end - at) / MULOG_LAYOUT_WORD < list->size) return NULL;
    memcpy(at, list->value.bytes, (size_t)list->size * MULOG_LAYOUT_WORD);
    return at + (size_t)list->size * MULOG_LAYOUT_WORD;
  }
  for (i = 0; i < list->size; ++i) {
    const mulog_pair value = value_at(list, i);
    if (value.type != type || type == MULOG_LIST || type == MULOG_EXCEPTION ||
        (at = mulog_write_checked(at, end, &value, 1)) == NULL)
      return NULL;
  }
  return at;
}

static unsigned char* write_bounded(unsigned char* at, const unsigned char* end, const char* text) {
  const uint64_t size = text == NULL ? 0 : strlen(text);
  if ((uint64_t)(end - at) < MULOG_LAYOUT_WORD || (uint64_t)(end - at) - MULOG_LAYOUT_WORD < mulog_in_words(size))
    return NULL;
  return mulog_write_text(at, text, size);
}

static unsigned char* write_exception(unsigned char* at, const unsigned char* end, const mulog_pair* exception) {
  const mulog_cause* const causes = exception->value.bytes;
  uint32_t i;
  at = write_head(at, exception->of, exception);
  if (causes == NULL) return at;
  for (i = 0; i < exception->size; ++i)
    if ((at = write_bounded(at, end, causes[i].type)) == NULL ||
        (at = write_bounded(at, end, causes[i].message)) == NULL)
      return NULL;
  return at;
}

static unsigned char* write_id(unsigned char* at, const unsigned char* end, const mulog_pair* id) {
  if (end - at < (ptrdiff_t)MULOG_LAYOUT_ID) return NULL;
  if (id->value.bytes == NULL)
    memset(at, 0, MULOG_LAYOUT_ID);
  else
    memcpy(at, id->value.bytes, MULOG_LAYOUT_ID);
  return at + MULOG_LAYOUT_ID;
}

unsigned char* mulog_write_checked(unsigned char* at, const unsigned char* end, const mulog_pair* pairs, size_t count) {
  size_t i;
  for (i = 0; i < count && at != NULL; ++i) {
    if (end - at < MULOG_LAYOUT_WORD) return NULL;
    if (pairs[i].type == MULOG_LIST)
      at = write_list(at, end, &pairs[i]);
    else if (pairs[i].type == MULOG_EXCEPTION)
      at = write_exception(at, end, &pairs[i]);
    else if (pairs[i].type >= MULOG_ID)
      at = write_id(at, end, &pairs[i]);
    else if (pairs[i].type < MULOG_STRING || (uint64_t)(end - at) - MULOG_LAYOUT_WORD >= mulog_in_words(pairs[i].size))
      at = mulog_write_values(at, end, &pairs[i], 1);
    else
      return NULL;
  }
  return at;
}
