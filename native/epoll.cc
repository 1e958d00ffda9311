// epoll(7): the kernel's interest set, and the wait for ready descriptors in it.
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "args.h"
#include "families.h"
#include "milliseconds.h"

namespace epoll_reactor {

namespace {

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441  // on every architecture; Linux 5.11
#endif

// The most events of one wait: 48 KiB of the stack, 12 bytes each on x64; Node's stack has 1 MiB or more. The next wait
// returns the others, because the kernel's ready list is first in, first out.
constexpr size_t kReadyMax = 4096;

constexpr Constant kConstants[] = {
    {"EPOLL_CLOEXEC", EPOLL_CLOEXEC},
    {"EPOLL_CTL_ADD", EPOLL_CTL_ADD},
    {"EPOLL_CTL_MOD", EPOLL_CTL_MOD},
    {"EPOLL_CTL_DEL", EPOLL_CTL_DEL},
    {"EPOLLIN", EPOLLIN},
    {"EPOLLPRI", EPOLLPRI},
    {"EPOLLOUT", EPOLLOUT},
    {"EPOLLERR", EPOLLERR},
    {"EPOLLHUP", EPOLLHUP},
    {"EPOLLRDHUP", EPOLLRDHUP},
    {"EPOLLRDNORM", EPOLLRDNORM},
    {"EPOLLRDBAND", EPOLLRDBAND},
    {"EPOLLWRNORM", EPOLLWRNORM},
    {"EPOLLWRBAND", EPOLLWRBAND},
    {"EPOLLMSG", EPOLLMSG},
    {"EPOLLEXCLUSIVE", EPOLLEXCLUSIVE},
    {"EPOLLWAKEUP", EPOLLWAKEUP},
    {"EPOLLONESHOT", EPOLLONESHOT},
    {"EPOLLET", EPOLLET},
};

Napi::Value EpollCreate1(const Napi::CallbackInfo& info) {
  Args args(info);
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::epoll_create1(flags));
}

Napi::Value EpollCtl(const Napi::CallbackInfo& info) {
  Args args(info);
  const int epfd = args.Int("epfd");
  const int op = args.Int("op");
  const int fd = args.Int("fd");
  const uint32_t events = args.Mask("events");
  if (!args.ok()) return {};
  epoll_event event{.events = events, .data = {.fd = fd}};
  return args.Result(::epoll_ctl(epfd, op, fd, &event));
}

// The [fd, events] pairs of a wait, copied into the caller's array up to its length.
class Ready {
 public:
  explicit Ready(std::span<uint32_t> pairs)
      : pairs_(pairs), capacity_(static_cast<int>(std::min(pairs.size() / 2, kReadyMax))) {}

  epoll_event* data() { return events_.data(); }
  // 0 if the array has no room for a pair: then the kernel returns EINVAL.
  int capacity() const { return capacity_; }

  int CopyOut(int count) {
    for (size_t i = 0; i < static_cast<size_t>(std::max(count, 0)); i++) {
      pairs_[2 * i] = static_cast<uint32_t>(events_[i].data.fd);
      pairs_[2 * i + 1] = events_[i].events;
    }
    return count;
  }

 private:
  std::span<uint32_t> pairs_;
  int capacity_;
  std::array<epoll_event, kReadyMax> events_;
};

Napi::Value EpollWait(const Napi::CallbackInfo& info) {
  Args args(info);
  const int epfd = args.Int("epfd");
  Ready ready(args.Uint32s("pairs"));
  const int timeout_ms = args.Int("timeoutMs");
  if (!args.ok()) return {};
  return args.Result(ready.CopyOut(::epoll_wait(epfd, ready.data(), ready.capacity(), timeout_ms)));
}

// Linux 5.11. Called by number: glibc has a wrapper only since 2.35.
Napi::Value EpollPwait2(const Napi::CallbackInfo& info) {
  Args args(info);
  const int epfd = args.Int("epfd");
  Ready ready(args.Uint32s("pairs"));
  const double timeout_ms = args.Milliseconds("timeoutMs");
  if (!args.ok()) return {};
  const timespec timeout = ToTimespec(std::max(timeout_ms, 0.0));
  const long count = ::syscall(SYS_epoll_pwait2, epfd, ready.data(), ready.capacity(),
                               timeout_ms < 0 ? nullptr : &timeout, nullptr, size_t{0});
  return args.Result(ready.CopyOut(static_cast<int>(count)));
}

}  // namespace

void InitEpoll(Napi::Env env, Napi::Object exports, Napi::Object constants) {
  Define(env, constants, kConstants);
  Export<EpollCreate1>(env, exports, "epoll_create1");
  Export<EpollCtl>(env, exports, "epoll_ctl");
  Export<EpollWait>(env, exports, "epoll_wait");
  Export<EpollPwait2>(env, exports, "epoll_pwait2");
}

}  // namespace epoll_reactor
