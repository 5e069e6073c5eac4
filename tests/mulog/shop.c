/* A program in C89 over the installed mulog.h: an event, and one with all kinds of values. */
#include <mulog.h>

int main(void) {
  static mulog_site placed;
  static mulog_site all;
  mulog_pair pairs[8];
  mulog_stats stats;
  pairs[0] = mulog_int("id", -7);
  pairs[1] = mulog_double("total", 12.5);
  pairs[2] = mulog_string("user", "Ann");
  mulog_log(&placed, "order-placed", pairs, 3);
  pairs[0] = mulog_uint("natural", 18446744073709551615UL);
  pairs[1] = mulog_bool("true", 1);
  pairs[2] = mulog_time("time", 1709290000500000000L);
  pairs[3] = mulog_duration("duration", 1500);
  pairs[4] = mulog_bytes("bytes", "\0\1\2", 3);
  pairs[5] = mulog_string("null", NULL);
  pairs[6] = mulog_text("text", "a\"b\nc", 5);
  pairs[7] = mulog_string("text", "later wins");
  mulog_log(&all, "all", pairs, 8);
  mulog_get_stats(&stats);
  return stats.events == 2 && stats.dropped == 0 ? 0 : 1;
}
