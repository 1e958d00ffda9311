// Calls that may wait for a disk, made by a thread of libuv's pool. Each returns at once; its callback is given what
// the call returned, n >= 0 or -errno, in a turn of Node's loop.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "args.h"
#include "families.h"
#include "openat2.h"
#include "stat_fields.h"

namespace epoll_reactor {

namespace {

class Job : public Napi::AsyncWorker {
 protected:
  explicit Job(Napi::Function callback) : AsyncWorker(callback) {}

  // In the pool: touches nothing of JavaScript's. Returns what the kernel does, with errno.
  virtual int64_t Call() = 0;
  // In the loop, before the callback.
  virtual void Deliver() {}

  void Execute() final {
    result_ = Call();
    if (result_ < 0) result_ = -errno;
  }

  void OnOK() final {
    Deliver();
    Callback().Call({Napi::Number::New(Env(), static_cast<double>(result_))});
  }

  int64_t result_ = -ECANCELED;
};

// openat2, and fstat and fstatfs of what it has opened, since all of them may wait for the same disk.
class OpenJob final : public Job {
 public:
  OpenJob(Napi::Function callback, OpenFunction* open, int dir_fd, std::string path, open_how how,
          Napi::Float64Array out)
      : Job(callback), open_(open), dir_fd_(dir_fd), path_(std::move(path)), how_(how), out_(Napi::Persistent(out)) {}

  // A thread that is ended before it was told: nobody else knows of the descriptor.
  ~OpenJob() override {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  int64_t Call() override {
    fd_ = open_(dir_fd_, path_.c_str(), how_);
    if (fd_ < 0) return fd_;
    if (::fstat(fd_, &stat_) == 0 && ::fstatfs(fd_, &filesystem_) == 0) return fd_;
    const int error = errno;
    ::close(std::exchange(fd_, -1));
    errno = error;
    return -1;
  }

  void Deliver() override {
    if (std::exchange(fd_, -1) < 0) return;
    const std::span<double> out{out_.Value().Data(), out_.Value().ElementLength()};
    FillStat(stat_, out);
    out[kFilesystem] = FilesystemType(filesystem_);
  }

  OpenFunction* const open_;
  const int dir_fd_;
  const std::string path_;
  const open_how how_;
  Napi::Reference<Napi::Float64Array> out_;
  int fd_ = -1;
  struct stat stat_ {};
  struct statfs filesystem_ {};
};

class PreadJob final : public Job {
 public:
  PreadJob(Napi::Function callback, int fd, std::span<uint8_t> bytes, off_t position, Napi::Uint8Array owner)
      : Job(callback), fd_(fd), bytes_(bytes), position_(position), owner_(Napi::Persistent(owner)) {}

 private:
  int64_t Call() override { return ::pread(fd_, bytes_.data(), bytes_.size(), position_); }

  const int fd_;
  const std::span<uint8_t> bytes_;
  const off_t position_;
  Napi::Reference<Napi::Uint8Array> owner_;  // keeps the memory
};

// `stat` is filled before the callback. The callback owns the descriptor.
template <OpenFunction open>
Napi::Value OpenJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int dir_fd = args.Int("dirFd");
  std::string path = args.String("path");
  const uint32_t flags = args.Uint("flags");
  const uint32_t resolve = args.Uint("resolve");
  args.Doubles("stat", kOpenedLength);
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  const open_how how{.flags = flags, .mode = 0, .resolve = resolve};
  (new OpenJob(callback, open, dir_fd, std::move(path), how, info[4].As<Napi::Float64Array>()))->Queue();
  return {};
}

// The buffer is written to until the callback is called, and the descriptor has to stay open until then.
Napi::Value PreadJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Slice(args.Bytes("buffer"));
  const off_t position = args.Size("position");
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new PreadJob(callback, fd, bytes, position, info[1].As<Napi::Uint8Array>()))->Queue();
  return {};
}

}  // namespace

void InitDiskJobs(Napi::Env env, Napi::Object exports, Napi::Object) {
  Export<OpenJobBinding<Openat2>>(env, exports, "openat2_job");
  Export<OpenJobBinding<Openat2Walk>>(env, exports, "openat2_walk_job");
  Export<PreadJobBinding>(env, exports, "pread_job");
}

}  // namespace epoll_reactor
