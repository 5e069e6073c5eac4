/* http_load PORT CONNECTIONS COUNT FILE     COUNT HTTP requests to 127.0.0.1, the next on each connection when it has
 *                                           its answer; prints how many seconds passed until the last answer
 *
 * FILE has requests, each as LENGTH, LF, and so many bytes; they are sent in turn, and again from the first one on.
 * Anything but a 2xx ends the program with status 1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { kMostConnections = 1024, kAnswer = 8192 };

struct request {
  const char* bytes;
  size_t length;
};

struct connection {
  int fd;
  const struct request* request; /* that is being sent or answered; null: none */
  size_t sent;
  char answer[kAnswer]; /* what has come of it */
  size_t got;
};

static struct request* requests;
static size_t request_count;
static long begun, answered, wanted;
static int loop;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void read_requests(const char* path) {
  const int fd = open(path, O_RDONLY);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) fail(path);
  const char* at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) fail(path);
  for (const char* end = at + status.st_size; at < end;) {
    char* bytes = NULL;
    const size_t length = strtoul(at, &bytes, 10);
    requests = realloc(requests, (request_count + 1) * sizeof *requests);
    if (requests == NULL) fail("realloc");
    requests[request_count++] = (struct request){bytes + 1, length};
    at = bytes + 1 + length;
  }
}

static void watch(struct connection* connection, unsigned events, int how) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(loop, how, connection->fd, &event) != 0) fail("epoll_ctl");
}

static void send_more(struct connection* connection) {
  while (connection->request != NULL && connection->sent < connection->request->length) {
    const ssize_t sent = send(connection->fd, connection->request->bytes + connection->sent,
                              connection->request->length - connection->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      watch(connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      return;
    }
    connection->sent += (size_t)sent;
  }
  watch(connection, EPOLLIN, EPOLL_CTL_MOD);
}

static void begin(struct connection* connection) {
  connection->sent = connection->got = 0;
  connection->request = begun < wanted ? &requests[(size_t)begun++ % request_count] : NULL;
  if (connection->request == NULL) return;
  const ssize_t sent =
      send(connection->fd, connection->request->bytes, connection->request->length, MSG_DONTWAIT | MSG_NOSIGNAL);
  connection->sent = sent > 0 ? (size_t)sent : 0;
  if (connection->sent < connection->request->length) watch(connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

/* The head and as much body as it says. */
static int is_whole(struct connection* connection) {
  connection->answer[connection->got] = '\0';
  const char* end = strstr(connection->answer, "\r\n\r\n");
  if (end == NULL) return 0;
  const char* length = strcasestr(connection->answer, "\r\ncontent-length:");
  const size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
  return connection->got >= (size_t)(end + 4 - connection->answer) + body;
}

static void receive(struct connection* connection) {
  const ssize_t got =
      recv(connection->fd, connection->answer + connection->got, kAnswer - 1 - connection->got, MSG_DONTWAIT);
  if (got <= 0) fail("http_load: the connection ended");
  connection->got += (size_t)got;
  if (!is_whole(connection)) return;
  if (strncmp(connection->answer, "HTTP/1.1 2", 10) != 0) {
    fprintf(stderr, "http_load: %.60s\n", connection->answer);
    exit(1);
  }
  ++answered;
  begin(connection);
}

static void dial(struct connection* connection, unsigned short port) {
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int on = 1;
  connection->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(connection->fd, (const struct sockaddr*)&address, sizeof address) != 0) fail("http_load: connect");
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(connection, EPOLLIN, EPOLL_CTL_ADD);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count_of_words, char** words) {
  static struct connection connections[kMostConnections];
  if (count_of_words != 5) return 64;
  const int count = atoi(words[2]);
  if (count < 1 || count > kMostConnections) return 64;
  wanted = atol(words[3]);
  read_requests(words[4]);
  loop = epoll_create1(0);
  for (int i = 0; i < count; ++i) dial(&connections[i], (unsigned short)atoi(words[1]));
  const double start = now();
  for (int i = 0; i < count; ++i) begin(&connections[i]);
  while (answered < wanted) {
    struct epoll_event events[64];
    const int ready = epoll_wait(loop, events, 64, -1);
    for (int i = 0; i < ready; ++i) {
      if ((events[i].events & EPOLLOUT) != 0) send_more(events[i].data.ptr);
      if ((events[i].events & ~(unsigned)EPOLLOUT) != 0) receive(events[i].data.ptr);
    }
  }
  printf("%.6f\n", now() - start);
  return 0;
}
