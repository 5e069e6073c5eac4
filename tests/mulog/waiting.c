/* Logs an event with its process id, and waits to be killed. */
#include <mulog.h>
#include <unistd.h>

int main(void) {
  static mulog_site site;
  mulog_pair pid;
  pid = mulog_int("pid", getpid());
  mulog_log(&site, "waiting", &pid, 1);
  pause();
  return 0;
}
