/* udp_send PORT RATE COUNT <LINES     the first lines as datagrams to 127.0.0.1, RATE a second in steps of half a
 *                                     millisecond; prints how many in how many seconds */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { kMost = 256, kStep = 500000, kSecond = 1000000000 };

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * (long long)kSecond + time.tv_nsec;
}

static void sleep_until(long long at) {
  const struct timespec time = {at / kSecond, at % kSecond};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static void send_all(int fd, struct mmsghdr *messages, int count) {
  while (count > 0) {
    const int sent = sendmmsg(fd, messages, (unsigned)count, 0);
    if (sent < 0) {
      perror("udp_send: send");
      exit(1);
    }
    messages += sent;
    count -= sent;
  }
}

int main(int count_of_words, char **words) {
  static char lines[kMost][1024];
  static struct iovec pieces[kMost];
  static struct mmsghdr messages[kMost];
  if (count_of_words != 4) return 64;
  const double rate = atof(words[2]);
  const struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
    perror("udp_send: connect");
    return 1;
  }
  const long long begin = now();
  const long long wanted = atoll(words[3]);
  long long sent = 0;
  int more = 1;
  for (long long at = begin; more; at += kStep) {
    sleep_until(at);
    const long long so_far = (long long)((double)(now() - begin) * rate / kSecond);
    const long long due = (so_far < wanted ? so_far : wanted) - sent;
    int count = 0;
    while (more && count < due && count < kMost) {
      more = fgets(lines[count], sizeof lines[count], stdin) != NULL;
      if (!more) break;
      pieces[count] = (struct iovec){lines[count], strcspn(lines[count], "\n")};
      messages[count].msg_hdr = (struct msghdr){.msg_iov = &pieces[count], .msg_iovlen = 1};
      ++count;
    }
    send_all(fd, messages, count);
    sent += count;
    if (sent == wanted) break;
  }
  printf("%lld %.3f\n", sent, (double)(now() - begin) / kSecond);
  return 0;
}
