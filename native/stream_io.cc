// Reads and writes bytes. A short count is returned as it is, and the caller continues from there.
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

constexpr Constant kConstants[] = {
    {"MSG_DONTWAIT", MSG_DONTWAIT},
    {"MSG_MORE", MSG_MORE},
    {"MSG_NOSIGNAL", MSG_NOSIGNAL},
    {"MSG_PEEK", MSG_PEEK},
};

// Fewer than IOV_MAX, 1,024, to use 1 KiB of the stack and not 16. A response has two pieces, so 64 pieces are 32
// pipelined responses. With more, the count is short.
constexpr size_t kBuffersMax = 64;

// Bare system calls: the C library's functions are cancellation points, which cost time at each call in a process with
// threads.

Napi::Value Recv(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Part(args.Bytes("buffer"));
  const int flags = args.AtEnd() ? 0 : args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::syscall(SYS_recvfrom, fd, bytes.data(), bytes.size(), flags, nullptr, nullptr));
}

Napi::Value Send(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Part(args.Bytes("buffer"));
  const int flags = args.AtEnd() ? MSG_NOSIGNAL : args.Int("flags");
  if (!args.ok()) return {};
  return args.Result(::syscall(SYS_sendto, fd, bytes.data(), bytes.size(), flags, nullptr, 0));
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Part(args.Bytes("buffer"));
  if (!args.ok()) return {};
  return args.Result(::syscall(SYS_read, fd, bytes.data(), bytes.size()));
}

Napi::Value Write(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Part(args.Bytes("buffer"));
  if (!args.ok()) return {};
  return args.Result(::syscall(SYS_write, fd, bytes.data(), bytes.size()));
}

Napi::Value Writev(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  std::array<iovec, kBuffersMax> storage;
  const std::span<iovec> buffers = args.Buffers("buffers", storage);
  const size_t first_offset =
      args.Count("firstOffset", buffers.empty() ? 0 : buffers[0].iov_len, "the length of the first buffer");
  if (!args.ok()) return {};
  if (first_offset > 0) {
    buffers[0].iov_base = static_cast<uint8_t*>(buffers[0].iov_base) + first_offset;
    buffers[0].iov_len -= first_offset;
  }
  return args.Result(::writev(fd, buffers.data(), static_cast<int>(buffers.size())));
}

Napi::Value Sendfile(const Napi::CallbackInfo& info) {
  Args args(info);
  const int out_fd = args.Int("outFd");
  const int in_fd = args.Int("inFd");
  // The kernel moves this variable and not the file's own offset, so one open file serves many connections.
  off_t position = args.Size("position");
  const auto count = static_cast<size_t>(args.Size("count"));
  if (!args.ok()) return {};
  return args.Result(::sendfile(out_fd, in_fd, &position, count));
}

}  // namespace

void InitStreamIo(Napi::Env env, Napi::Object exports, Napi::Object constants) {
  Define(env, constants, kConstants);
  Export<Recv>(env, exports, "recv");
  Export<Send>(env, exports, "send");
  Export<Read>(env, exports, "read");
  Export<Write>(env, exports, "write");
  Export<Writev>(env, exports, "writev");
  Export<Sendfile>(env, exports, "sendfile");
}

}  // namespace epoll_reactor
