/* A program in C89 over the installed mulog.h: lists, exceptions, contexts, traces and ids. */
#include <mulog.h>

static mulog_pair letter(const void* of, size_t index) {
  return mulog_text(NULL, (const char*)of + index, 1);
}

static void log_lists(void) {
  static mulog_site site;
  static const int64_t ints[] = {-1, 2};
  static const uint64_t uints[] = {3};
  static const double doubles[] = {0.5, 1.5};
  static const char* const strings[] = {"a", NULL, "a longer text"};
  mulog_list letters;
  mulog_pair pairs[7];
  letters.type = MULOG_STRING;
  letters.value = letter;
  letters.of = "xyz";
  pairs[0] = mulog_ints("ints", ints, 2);
  pairs[1] = mulog_uints("uints", uints, 1);
  pairs[2] = mulog_doubles("doubles", doubles, 2);
  pairs[3] = mulog_strings("strings", strings, 3);
  pairs[4] = mulog_values("letters", &letters, 3);
  pairs[5] = mulog_ints("null", NULL, 0);
  pairs[6] = mulog_ints("empty", ints, 0);
  mulog_log(&site, "lists", pairs, 7);
}

static void log_exception(void) {
  static mulog_site site;
  mulog_cause causes[2];
  mulog_pair pair;
  causes[0].type = "OrderFailed";
  causes[0].message = "order 7";
  causes[1].type = "i";
  causes[1].message = NULL;
  pair = mulog_exception("exception", causes, 2);
  mulog_log(&site, "exception", &pair, 1);
}

static void log_trace(void) {
  static mulog_site context_site, trace_site, event_site;
  mulog_context context, other;
  mulog_captured* captured;
  mulog_trace trace;
  mulog_pair pairs[2];
  pairs[0] = mulog_string("user", "Ann");
  mulog_enter(&context, &context_site, pairs, 1);
  mulog_trace_begin(&trace);
  captured = mulog_capture();
  pairs[0] = mulog_int("items", 3);
  mulog_trace_end(&trace, &trace_site, "checkout", MULOG_ERROR, pairs, 1);
  mulog_leave(&context);
  mulog_enter_captured(&other, captured);
  mulog_log(&event_site, "captured", NULL, 0);
  mulog_leave(&other);
  mulog_release(captured);
  mulog_log(&event_site, "captured", NULL, 0);
}

/* 0: ids are as in mulog. */
static int check_ids(void) {
  static const char text[] = "4YcWozKEUcfE9JxfQMnuwb-NnO8ygEpE";
  char back[MULOG_ID_TEXT + 1];
  mulog_id id;
  if (mulog_parse_id(text, &id) != 0 || id.bytes[0] != 0x16 || id.bytes[23] != 0x4f || mulog_is_none(&id)) return 1;
  if (strcmp(mulog_id_text(&id, back), text) != 0 || strcmp(back, text) != 0) return 1;
  if (mulog_parse_id("4YcWozKEUcfE9JxfQMnuwb-NnO8ygEp", &id) == 0) return 1;
  return mulog_parse_id("4YcWozKEUcfE9JxfQMnuwb-NnO8ygEp+", &id) == 0;
}

int main(void) {
  mulog_stats stats;
  log_lists();
  log_exception();
  log_trace();
  mulog_get_stats(&stats);
  return check_ids() != 0 || stats.events != 5 || stats.dropped != 0 || stats.left_out != 0;
}
