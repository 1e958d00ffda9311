// handshakes PORT MILLISECONDS [REQUEST]: full TLS handshakes with 127.0.0.1, one after the other, each on a new
// connection. If a file with a request is named, each connection sends it and reads until the server closes. wrk
// resumes sessions, so it cannot measure this.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void Require(int is_true, const char* what) {
  if (is_true) return;
  perror(what);
  exit(1);
}

static double Micros(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

// Resets the connection if nothing was exchanged: closed ports would stay in TIME_WAIT for a minute.
static void Connect(SSL_CTX* context, const struct sockaddr_in* server, const char* request, int length) {
  static char response[65536];
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  const int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  Require(fd >= 0, "socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Require(connect(fd, (const struct sockaddr*)server, sizeof *server) == 0, "connect");
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  Require(SSL_connect(ssl) == 1 && !SSL_session_reused(ssl), "full handshake");
  if (length > 0) {
    Require(SSL_write(ssl, request, length) == length, "request");
    int received = 0;
    for (int n; (n = SSL_read(ssl, response, sizeof response)) > 0;) received += n;
    Require(received > 0, "response");
  } else {
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  SSL_free(ssl);
  close(fd);
}

int main(int argc, char** argv) {
  static char request[4096];
  int length = 0;
  Require(argc >= 3, "usage: handshakes PORT MILLISECONDS [REQUEST]");
  if (argc > 3) {
    FILE* file = fopen(argv[3], "r");
    Require(file != NULL, argv[3]);
    length = (int)fread(request, 1, sizeof request, file);
  }
  const struct sockaddr_in server = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  const double begin = Micros();
  const double end = begin + atof(argv[2]) * 1000;
  long count = 0;
  for (; Micros() < end; count++) Connect(context, &server, request, length);
  printf("{\"handshakes\":%ld,\"micros\":%.0f}\n", count, Micros() - begin);
  SSL_CTX_free(context);
}
