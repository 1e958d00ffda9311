// ring REGISTERED ACTIVE MILLISECONDS pass|stay: a ring of pipes, each registered with epoll; ACTIVE of them hold a
// byte.
//
//   pass  each event moves the byte from its pipe to the next one: the usual work of a program
//   stay  no byte is read, so the pipes stay ready (epoll is level-triggered): the cost of the events alone
//
// Prints the events and the seconds of CPU time that they took.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 1024, EVENTS_BETWEEN_LOOKS = 1000 };

static double CpuSeconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void Require(int is_true, const char* what) {
  if (is_true) return;
  perror(what);
  exit(1);
}

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  int registered = atoi(argv[1]), active = atoi(argv[2]);
  double seconds = atof(argv[3]) / 1000;
  int passes = strcmp(argv[4], "pass") == 0;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int epoll = epoll_create1(0);
  int* writers = malloc((size_t)registered * sizeof *writers);
  for (int i = 0; i < registered; i++) {
    int ends[2];
    Require(pipe2(ends, O_NONBLOCK) == 0, "pipe2");
    writers[i] = ends[1];
    // The event holds the descriptor to read and its place in the ring.
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = ((unsigned long)i << 32) | (unsigned long)ends[0]};
    Require(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0, "epoll_ctl");
  }
  for (int i = 0; i < active; i++) Require(write(writers[i * (registered / active)], "x", 1) == 1, "write");
  static struct epoll_event events[EVENTS_MAX];
  static volatile unsigned seen;
  long total = 0;
  double begin = 0, now = CpuSeconds(), end = now + seconds / 4;  // a quarter of the time to warm up
  for (int is_measured = 0; is_measured < 2; is_measured++) {
    for (total = 0, begin = now; now < end; now = CpuSeconds()) {
      for (long goal = total + EVENTS_BETWEEN_LOOKS; total < goal;) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
          int reader = (int)(unsigned)events[i].data.u64, place = (int)(events[i].data.u64 >> 32);
          if (!passes) {
            seen = (unsigned)reader;
            continue;
          }
          char byte;
          Require(read(reader, &byte, 1) == 1, "read");
          Require(write(writers[(place + 1) % registered], &byte, 1) == 1, "write");
        }
        total += count;
      }
    }
    end = now + seconds;
  }
  printf("{\"events\":%ld,\"seconds\":%f}\n", total, now - begin);
}
