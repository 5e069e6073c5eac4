/* Descriptions of call sites, and of the keys of contexts. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>

#include "mulog/state.h"

static size_t text_length(const char* text) {
  return text == NULL ? 0 : strnlen(text, MULOG_LONGEST_TEXT);
}

static uint32_t write_site(unsigned char* into, const char* name, const mulog_pair* pairs, size_t count) {
  const char* const namespace_ = name == NULL ? "" : mulog_process.namespace_;
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
  const unsigned char* sites = mulog_sites_of(mulog_process.head);
  const uint32_t used = mulog_process.head->sites_used;
  uint32_t at = 0;
  while (at < used) {
    const struct mulog_site_head* head = (const struct mulog_site_head*)(const void*)(sites + at);
    if (head->length == length && memcmp(head, wanted, length) == 0) return at / MULOG_LAYOUT_WORD + 1;
    at += head->length;
  }
  return 0;
}

static uint32_t add_site(const unsigned char* site, uint32_t length) {
  const uint32_t used = mulog_process.head->sites_used;
  if (length > MULOG_LAYOUT_SITES - used) {
    mulog_process.error = ENOSPC;
    return 0;
  }
  memcpy(mulog_sites_of(mulog_process.head) + used, site, length);
  __atomic_store_n(&mulog_process.head->sites_used, used + length, __ATOMIC_RELEASE);
  return used / MULOG_LAYOUT_WORD + 1;
}

enum { kVariants = sizeof((mulog_site*)0)->variants / sizeof((mulog_site*)0)->variants[0] };

/* Where there is room for it. */
static void remember(mulog_site* site, uint32_t where, size_t count, uint64_t low, uint64_t high) {
  int i;
  for (i = 0; i < kVariants; ++i) {
    struct mulog_variant* const variant = &site->variants[i];
    if (mulog_where_known(variant, count, low, high) != 0) return;
    if (variant->known != 0) continue;
    variant->low = low;
    variant->high = high;
    __atomic_store_n(&variant->known, where | (uint64_t)count << 32, __ATOMIC_RELEASE);
    return;
  }
}

uint32_t mulog_describe(mulog_site* site, const char* name, const mulog_pair* pairs, size_t count, uint64_t low,
                        uint64_t high) {
  static unsigned char text[sizeof(struct mulog_site_head) + (MULOG_LAYOUT_MOST_PAIRS + 2) * (MULOG_LONGEST_TEXT + 3)];
  uint32_t length;
  uint32_t where;
  int i;
  for (i = 1; i < kVariants; ++i)
    if ((where = mulog_where_known(&site->variants[i], count, low, high)) != 0) return where;
  if (mulog_holds_lock()) return 0; /* a handler that has interrupted who holds it */
  mulog_lock();
  length = write_site(text, name, pairs, count);
  where = find_site(text, length);
  if (where == 0) where = add_site(text, length);
  if (where != 0) remember(site, where, count, low, high);
  mulog_unlock();
  return where;
}

void mulog_set_namespace(const char* name) {
  mulog_lock();
  snprintf(mulog_process.namespace_, sizeof mulog_process.namespace_, "%s", name);
  mulog_unlock();
}
