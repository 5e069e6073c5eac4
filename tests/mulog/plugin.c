/* A plug-in that logs. Its literals, its call sites and its code are gone when it is unloaded. */
#include <mulog.h>

static mulog_context left_open;

void plugin_run(int number);

void plugin_run(int number) {
  MULOG("of-the-plugin", mulog_int("number", number), mulog_string("text", "in the plug-in"));
  MULOG_ENTER(&left_open, mulog_string("plugin", "its context"));
}
