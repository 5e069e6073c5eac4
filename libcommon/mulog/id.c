/* Ids as text, in the order of ASCII, so that texts sort as ids do. */
#include "mulog/mulog.h"

static const char kDigits[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

char* mulog_id_text(const mulog_id* id, char* text) {
  size_t i;
  for (i = 0; i < sizeof id->bytes; i += 3) {
    const uint32_t bits = (uint32_t)id->bytes[i] << 16 | (uint32_t)id->bytes[i + 1] << 8 | id->bytes[i + 2];
    int shift;
    for (shift = 18; shift >= 0; shift -= 6) *text++ = kDigits[bits >> shift & 63];
  }
  *text = '\0';
  return text - MULOG_ID_TEXT;
}

int mulog_parse_id(const char* text, mulog_id* id) {
  mulog_id parsed;
  size_t i;
  if (strlen(text) != MULOG_ID_TEXT) return -1;
  for (i = 0; i < sizeof parsed.bytes; i += 3) {
    uint32_t bits = 0;
    int digit;
    for (digit = 0; digit < 4; ++digit, ++text) {
      const char* const found = strchr(kDigits, *text);
      if (found == NULL) return -1;
      bits = bits << 6 | (uint32_t)(found - kDigits);
    }
    parsed.bytes[i] = (unsigned char)(bits >> 16);
    parsed.bytes[i + 1] = (unsigned char)(bits >> 8);
    parsed.bytes[i + 2] = (unsigned char)bits;
  }
  *id = parsed;
  return 0;
}

int mulog_is_none(const mulog_id* id) {
  static const mulog_id none;
  return memcmp(id, &none, sizeof none) == 0;
}
