/* librelp with nothing around it, the measure of RELP rows.
 *
 *   librelp server PORT COUNT             answers 200 to every message and forgets it; prints a line when the first has
 *                                         come and when COUNT have, and at SIGTERM how many there were
 *   librelp client PORT WINDOW <LINES     ends well when all are answered
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <librelp.h> /* needs size_t */

static relpEngine_t *engine;
static unsigned long received, expected;

static void check(relpRetVal code, const char *what) {
  if (code == RELP_RET_OK) return;
  fprintf(stderr, "librelp: %s: error %d\n", what, code);
  exit(1);
}

static void print_nothing(char *format, ...) {
  (void)format;
}

static relpRetVal count(unsigned char *host, unsigned char *address, unsigned char *message, size_t size) {
  (void)host, (void)address, (void)message, (void)size;
  ++received;
  if (received == 1 || received == expected) {
    puts(received == 1 ? "first" : "last");
    fflush(stdout);
  }
  return RELP_RET_OK;
}

static void stop(int number) {
  (void)number;
  relpEngineSetStop(engine);
}

static int serve(char *port, unsigned long count_of_messages) {
  relpSrv_t *server;
  struct sigaction action;
  expected = count_of_messages;
  memset(&action, 0, sizeof action);
  action.sa_handler = stop;
  sigaction(SIGTERM, &action, NULL);
  relpEngineSetEnableCmd(engine, (unsigned char *)"syslog", eRelpCmdState_Required);
  check(relpEngineSetSyslogRcv(engine, count), "set receiver");
  check(relpEngineListnerConstruct(engine, &server), "create listener");
  check(relpSrvSetLstnPort(server, (unsigned char *)port), "set port");
  check(relpSrvSetLstnAddr(server, (unsigned char *)"127.0.0.1"), "set address");
  check(relpEngineListnerConstructFinalize(engine, server), "listen");
  check(relpEngineRun(engine), "serve");
  printf("%lu\n", received);
  return 0;
}

static int send_lines(char *port, int window) {
  relpClt_t *client;
  char *line = NULL;
  size_t space = 0;
  ssize_t size;
  relpEngineSetEnableCmd(engine, (unsigned char *)"syslog", eRelpCmdState_Required);
  check(relpEngineCltConstruct(engine, &client), "create client");
  check(relpCltSetWindowSize(client, window), "set window");
  check(relpCltConnect(client, AF_INET, (unsigned char *)port, (unsigned char *)"127.0.0.1"), "connect");
  while ((size = getline(&line, &space, stdin)) > 0) {
    if (line[size - 1] == '\n') --size;
    check(relpCltSendSyslog(client, (unsigned char *)line, (size_t)size), "send");
  }
  check(relpEngineCltDestruct(engine, &client), "close");
  free(line);
  return 0;
}

int main(int count_of_words, char **words) {
  check(relpEngineConstruct(&engine), "create engine");
  check(relpEngineSetDbgprint(engine, print_nothing), "set debug output");
  if (count_of_words == 4 && strcmp(words[1], "server") == 0) return serve(words[2], strtoul(words[3], NULL, 10));
  if (count_of_words == 4 && strcmp(words[1], "client") == 0) return send_lines(words[2], atoi(words[3]));
  fprintf(stderr, "usage: librelp server PORT COUNT | librelp client PORT WINDOW <LINES\n");
  return 64;
}
