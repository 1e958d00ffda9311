// The floor: the limit of epoll and this kernel. http PORT FILE [close] answers every request with the same bytes, made
// beforehand. It parses no request: all requests of a connection are as long as its first one.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 65536, EVENTS_MAX = 1024, PIPELINED_MAX = 64, BODY_BYTES_MAX = 16384 };

static const char kHead[] =
    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n"
    "ETag: \"0-0000000000000000-0\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n%sContent-Length: %zu\r\n\r\n";

static struct {
  size_t request_bytes;  // 0 until the first request has come
  size_t pending_bytes;
} connections[CONNECTIONS_MAX];

static char canned[PIPELINED_MAX * (BODY_BYTES_MAX + sizeof kHead + 64)];
static size_t response_bytes;
static int closes;

static void Require(int is_true, const char* what) {
  if (is_true) return;
  perror(what);
  exit(1);
}

static void Prepare(const char* path) {
  static char body[BODY_BYTES_MAX];
  FILE* file = fopen(path, "r");
  Require(file != NULL, path);
  size_t length = fread(body, 1, sizeof body, file);
  int head = sprintf(canned, kHead, closes ? "Connection: close\r\n" : "", length);
  memcpy(canned + head, body, length);
  response_bytes = (size_t)head + length;
  for (int i = 1; i < PIPELINED_MAX; i++) memcpy(canned + (size_t)i * response_bytes, canned, response_bytes);
}

// Returns whether the connection stays open.
static int Answer(int fd) {
  static char buffer[65536];
  ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  if (n <= 0) return 0;
  if (connections[fd].request_bytes == 0) {
    const char* end = memmem(buffer, (size_t)n, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    connections[fd].request_bytes = (size_t)(end + 4 - buffer);
  }
  size_t bytes = connections[fd].pending_bytes + (size_t)n;
  size_t requests = bytes / connections[fd].request_bytes;
  connections[fd].pending_bytes = bytes % connections[fd].request_bytes;
  if (requests > PIPELINED_MAX) return 0;
  size_t answer = requests * response_bytes;
  return send(fd, canned, answer, MSG_NOSIGNAL) == (ssize_t)answer && !closes;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  closes = argc > 3;
  Prepare(argv[2]);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // accepted sockets inherit it
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Require(bind(listener, (struct sockaddr*)&address, sizeof address) == 0, "bind");
  Require(listen(listener, SOMAXCONN) == 0, "listen");
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  Require(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0, "epoll_ctl");
  static struct epoll_event events[EVENTS_MAX];
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (peer < 0) continue;
        Require(peer < CONNECTIONS_MAX, "too many connections");
        memset(&connections[peer], 0, sizeof connections[peer]);
        event = (struct epoll_event){.events = EPOLLIN, .data.fd = peer};
        Require(epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &event) == 0, "epoll_ctl");
      } else if (!Answer(fd)) {
        close(fd);
      }
    }
  }
}
