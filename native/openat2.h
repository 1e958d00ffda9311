// openat2(2), and its replacement for kernels without it. Both return a descriptor, or -1 with errno.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

// Older kernels come with older headers.
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#else
struct open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};
constexpr uint64_t RESOLVE_NO_XDEV = 0x01;
constexpr uint64_t RESOLVE_NO_MAGICLINKS = 0x02;
constexpr uint64_t RESOLVE_NO_SYMLINKS = 0x04;
constexpr uint64_t RESOLVE_BENEATH = 0x08;
constexpr uint64_t RESOLVE_IN_ROOT = 0x10;
#endif

#ifndef RESOLVE_CACHED  // Linux 5.12
#define RESOLVE_CACHED 0x20
#endif

#ifndef SYS_openat2
#define SYS_openat2 437  // on every architecture
#endif

namespace epoll_reactor {

using OpenFunction = int(int dir_fd, const char* path, const open_how& how);

// Linux 5.6. Called by number: glibc has a wrapper only since 2.43.
inline int Openat2(int dir_fd, const char* path, const open_how& how) {
  return static_cast<int>(::syscall(SYS_openat2, dir_fd, path, &how, sizeof how));
}

// openat2 by means of openat(2): see openat2_walk.cc.
int Openat2Walk(int dir_fd, const char* path, const open_how& how);

}  // namespace epoll_reactor
