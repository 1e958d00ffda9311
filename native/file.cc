// Opening files, fstat, and the calls for all descriptors: flags and closing.
#include <fcntl.h>
#include <linux/fs.h>  // RWF_NOWAIT, which musl's headers lack
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "args.h"
#include "families.h"
#include "openat2.h"
#include "stat_fields.h"

namespace epoll_reactor {

namespace {

constexpr Constant kConstants[] = {
    {"AT_FDCWD", AT_FDCWD},
    {"O_RDONLY", O_RDONLY},
    {"O_WRONLY", O_WRONLY},
    {"O_RDWR", O_RDWR},
    {"O_CREAT", O_CREAT},
    {"O_CLOEXEC", O_CLOEXEC},
    {"O_DIRECTORY", O_DIRECTORY},
    {"O_NOCTTY", O_NOCTTY},
    {"O_NOFOLLOW", O_NOFOLLOW},
    {"O_NONBLOCK", O_NONBLOCK},
    {"O_PATH", O_PATH},
    {"RESOLVE_BENEATH", RESOLVE_BENEATH},
    {"RESOLVE_CACHED", RESOLVE_CACHED},
    {"RESOLVE_IN_ROOT", RESOLVE_IN_ROOT},
    {"RESOLVE_NO_MAGICLINKS", RESOLVE_NO_MAGICLINKS},
    {"RESOLVE_NO_SYMLINKS", RESOLVE_NO_SYMLINKS},
    {"RESOLVE_NO_XDEV", RESOLVE_NO_XDEV},
    {"RWF_NOWAIT", RWF_NOWAIT},
    {"S_IFMT", S_IFMT},
    {"S_IFREG", S_IFREG},
    {"S_IFDIR", S_IFDIR},
    {"F_GETFL", F_GETFL},
    {"F_SETFL", F_SETFL},
    {"F_GETFD", F_GETFD},
    {"F_SETFD", F_SETFD},
    {"F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC},
    {"FD_CLOEXEC", FD_CLOEXEC},
};

template <OpenFunction open>
Napi::Value OpenBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int dir_fd = args.Int("dirFd");
  const std::string path = args.String("path");
  const uint32_t flags = args.Uint("flags");
  const uint32_t mode = args.Uint("mode");
  const uint32_t resolve = args.Uint("resolve");
  if (!args.ok()) return {};
  return args.Result(open(dir_fd, path.c_str(), {.flags = flags, .mode = mode, .resolve = resolve}));
}

Napi::Value Fstat(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<double> out = args.Doubles("stat", kStatLength);
  if (!args.ok()) return {};
  struct stat stat {};
  const int status = ::fstat(fd, &stat);
  if (status == 0) FillStat(stat, out);
  return args.Result(status);
}

// Returns f_type, a number that names the kind of filesystem (statfs(2)).
Napi::Value Fstatfs(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  if (!args.ok()) return {};
  struct statfs filesystem {};
  const int status = ::fstatfs(fd, &filesystem);
  return args.Result(status < 0 ? status : static_cast<int64_t>(FilesystemType(filesystem)));
}

Napi::Value Pread(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Slice(args.Bytes("buffer"));
  const off_t position = args.Size("position");
  if (!args.ok()) return {};
  return args.Result(::pread(fd, bytes.data(), bytes.size(), position));
}

// With RWF_NOWAIT it reads only bytes that are in memory; EAGAIN if there are none.
Napi::Value Preadv2(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Slice(args.Bytes("buffer"));
  const off_t position = args.Size("position");
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  const iovec buffer{.iov_base = bytes.data(), .iov_len = bytes.size()};
  // Not by libc, which lacks it in musl before 1.2.5. The kernel takes the position in two halves; a 64-bit one ignores
  // the second.
  return args.Result(::syscall(SYS_preadv2, fd, &buffer, 1, position, 0, flags));
}

// Never repeat it on EINTR: Linux has freed the number by then, and another thread may have it.
Napi::Value Close(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  if (!args.ok()) return {};
  return args.Result(::close(fd));
}

Napi::Value Fcntl(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const int command = args.Int("command");
  const int argument = args.Int("argument");
  if (!args.ok()) return {};
  return args.Result(::fcntl(fd, command, argument));
}

Napi::Value Pipe2(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::span<int32_t> fds = args.Int32s("fds", 2);
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::pipe2(fds.data(), flags));
}

}  // namespace

void InitFile(Napi::Env env, Napi::Object exports, Napi::Object constants) {
  Define(env, constants, kConstants);
  Export<OpenBinding<Openat2>>(env, exports, "openat2");
  Export<OpenBinding<Openat2Walk>>(env, exports, "openat2_walk");
  Export<Fstat>(env, exports, "fstat");
  Export<Fstatfs>(env, exports, "fstatfs");
  Export<Pread>(env, exports, "pread");
  Export<Preadv2>(env, exports, "preadv2");
  Export<Close>(env, exports, "close");
  Export<Fcntl>(env, exports, "fcntl");
  Export<Pipe2>(env, exports, "pipe2");
}

}  // namespace epoll_reactor
