// pty(7): the two ends of a terminal that a program makes.
#include <fcntl.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

Napi::Value PosixOpenpt(const Napi::CallbackInfo& info) {
  Args args(info);
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::posix_openpt(flags));
}

Napi::Value Unlockpt(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  if (!args.ok()) return {};
  return args.Result(::unlockpt(fd));
}

// Fills the bytes and returns the length of the path.
Napi::Value PtsnameR(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> path = args.Bytes("path");
  if (!args.ok()) return {};
  // Not in errno for all versions of the C library, but always returned. It takes no null pointer, as an empty span
  // has.
  const int failed = path.empty() ? ERANGE : ::ptsname_r(fd, reinterpret_cast<char*>(path.data()), path.size());
  errno = failed;
  return args.Result(failed != 0 ? -1
                                 : static_cast<int64_t>(::strnlen(reinterpret_cast<char*>(path.data()), path.size())));
}

}  // namespace

void InitPty(Napi::Env env, Napi::Object exports, Napi::Object) {
  Export<PosixOpenpt>(env, exports, "posix_openpt");
  Export<Unlockpt>(env, exports, "unlockpt");
  Export<PtsnameR>(env, exports, "ptsname_r");
}

}  // namespace epoll_reactor
