// Descriptors for wakeups, timers and changes on disk, so that the loop waits only for descriptors.
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "args.h"
#include "families.h"
#include "milliseconds.h"

namespace epoll_reactor {

namespace {

constexpr Constant kConstants[] = {
    {"EFD_CLOEXEC", EFD_CLOEXEC},
    {"EFD_NONBLOCK", EFD_NONBLOCK},
    {"TFD_CLOEXEC", TFD_CLOEXEC},
    {"TFD_NONBLOCK", TFD_NONBLOCK},
    {"CLOCK_MONOTONIC", CLOCK_MONOTONIC},
    {"IN_CLOEXEC", IN_CLOEXEC},
    {"IN_NONBLOCK", IN_NONBLOCK},
    {"IN_ACCESS", IN_ACCESS},
    {"IN_ATTRIB", IN_ATTRIB},
    {"IN_CLOSE_NOWRITE", IN_CLOSE_NOWRITE},
    {"IN_CLOSE_WRITE", IN_CLOSE_WRITE},
    {"IN_CREATE", IN_CREATE},
    {"IN_DELETE", IN_DELETE},
    {"IN_DELETE_SELF", IN_DELETE_SELF},
    {"IN_MODIFY", IN_MODIFY},
    {"IN_OPEN", IN_OPEN},
    {"IN_MOVE_SELF", IN_MOVE_SELF},
    {"IN_MOVED_FROM", IN_MOVED_FROM},
    {"IN_MOVED_TO", IN_MOVED_TO},
    {"IN_IGNORED", IN_IGNORED},
    {"IN_ISDIR", IN_ISDIR},
    {"IN_Q_OVERFLOW", IN_Q_OVERFLOW},
    {"IN_UNMOUNT", IN_UNMOUNT},
    {"IN_ONLYDIR", IN_ONLYDIR},
    {"IN_EXCL_UNLINK", IN_EXCL_UNLINK},
};

Napi::Value Eventfd(const Napi::CallbackInfo& info) {
  Args args(info);
  const uint32_t initial = args.Uint("initial");
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::eventfd(initial, flags));
}

Napi::Value EventfdWrite(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const auto value = static_cast<eventfd_t>(args.Size("value"));
  if (!args.ok()) return {};
  return args.Result(::eventfd_write(fd, value));
}

Napi::Value EventfdRead(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  if (!args.ok()) return {};
  // Not glibc's eventfd_read: for another descriptor with fewer than 8 bytes it returns -1 and does not set errno.
  eventfd_t value = 0;
  ssize_t count = ::read(fd, &value, sizeof value);
  if (count >= 0 && count != sizeof value) {
    errno = EINVAL;
    count = -1;
  }
  // The counter can be 2^64 - 2, which would look like an error number in an int64_t.
  const eventfd_t value_max = std::numeric_limits<int64_t>::max();
  return args.Result(count < 0 ? count : static_cast<int64_t>(std::min(value, value_max)));
}

Napi::Value TimerfdCreate(const Napi::CallbackInfo& info) {
  Args args(info);
  const int clock = args.Int("clock");
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::timerfd_create(clock, flags));
}

Napi::Value TimerfdSettime(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const double delay_ms = args.MillisecondsNotNegative("delayMs");
  const double interval_ms = args.MillisecondsNotNegative("intervalMs");
  if (!args.ok()) return {};
  const itimerspec timer{.it_interval = ToTimespec(interval_ms), .it_value = ToTimespec(delay_ms)};
  return args.Result(::timerfd_settime(fd, 0, &timer, nullptr));
}

Napi::Value InotifyInit1(const Napi::CallbackInfo& info) {
  Args args(info);
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::inotify_init1(flags));
}

Napi::Value InotifyAddWatch(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::string path = args.String("path");
  const uint32_t mask = args.Mask("mask");
  if (!args.ok()) return {};
  return args.Result(::inotify_add_watch(fd, path.c_str(), mask));
}

Napi::Value InotifyRmWatch(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const int watch = args.Int("watch");
  if (!args.ok()) return {};
  return args.Result(::inotify_rm_watch(fd, watch));
}

}  // namespace

void InitEventFds(Napi::Env env, Napi::Object exports, Napi::Object constants) {
  Define(env, constants, kConstants);
  Export<Eventfd>(env, exports, "eventfd");
  Export<EventfdWrite>(env, exports, "eventfd_write");
  Export<EventfdRead>(env, exports, "eventfd_read");
  Export<TimerfdCreate>(env, exports, "timerfd_create");
  Export<TimerfdSettime>(env, exports, "timerfd_settime");
  Export<InotifyInit1>(env, exports, "inotify_init1");
  Export<InotifyAddWatch>(env, exports, "inotify_add_watch");
  Export<InotifyRmWatch>(env, exports, "inotify_rm_watch");
}

}  // namespace epoll_reactor
