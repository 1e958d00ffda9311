// Calls that may wait for a disk, made by threads for which that does not matter (disk_threads.h). Each returns at
// once; its callback is given what the call returned, n >= 0 or -errno, in a turn of Node's loop. Descriptors have to
// stay open until then.
#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "args.h"
#include "disk_threads.h"
#include "families.h"
#include "openat2.h"
#include "stat_fields.h"

namespace epoll_reactor {

namespace {

// openat2, and fstat and fstatfs of what it has opened, since all of them may wait for the same disk.
class OpenJob final : public DiskJob {
 public:
  OpenJob(Napi::Function callback, OpenFunction* open, int dir_fd, std::string path, open_how how,
          Napi::Float64Array out)
      : DiskJob(callback),
        open_(open),
        dir_fd_(dir_fd),
        path_(std::move(path)),
        how_(how),
        out_(Napi::Persistent(out)) {}

  // An environment that has ended: nobody else knows of the descriptor.
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

  Napi::Value Deliver(Napi::Env env) override {
    if (fd_ < 0) return env.Undefined();
    const std::span<double> out{out_.Value().Data(), out_.Value().ElementLength()};
    FillStat(stat_, out);
    out[kFilesystem] = FilesystemType(filesystem_);
    return env.Undefined();
  }

  void OnDelivered() override { fd_ = -1; }

  void Abandon() override { out_.Reset(); }

  OpenFunction* const open_;
  const int dir_fd_;
  const std::string path_;
  const open_how how_;
  Napi::Reference<Napi::Float64Array> out_;
  int fd_ = -1;
  struct stat stat_ {};
  struct statfs filesystem_ {};
};

class PreadJob final : public DiskJob {
 public:
  PreadJob(Napi::Function callback, int fd, std::span<uint8_t> out, off_t position, Napi::Uint8Array owner)
      : DiskJob(callback),
        fd_(fd),
        position_(position),
        bytes_(out.size()),
        out_(out),
        owner_(Napi::Persistent(owner)) {}

 private:
  int64_t Call() override { return ::pread(fd_, bytes_.data(), bytes_.size(), position_); }
  Napi::Value Deliver(Napi::Env env) override {
    if (result() > 0) std::memcpy(out_.data(), bytes_.data(), static_cast<size_t>(result()));
    return env.Undefined();
  }
  void Abandon() override { owner_.Reset(); }

  const int fd_;
  const off_t position_;
  std::vector<uint8_t> bytes_;
  const std::span<uint8_t> out_;
  Napi::Reference<Napi::Uint8Array> owner_;  // keeps its memory
};

class SendfileJob final : public DiskJob {
 public:
  SendfileJob(Napi::Function callback, int out_fd, int in_fd, off_t position, size_t count)
      : DiskJob(callback), out_fd_(out_fd), in_fd_(in_fd), position_(position), count_(count) {}

 private:
  int64_t Call() override { return ::sendfile(out_fd_, in_fd_, &position_, count_); }

  const int out_fd_;
  const int in_fd_;
  off_t position_;
  const size_t count_;
};

class CloseJob final : public DiskJob {
 public:
  CloseJob(Napi::Function callback, int fd) : DiskJob(callback), fd_(fd) {}

 private:
  int64_t Call() override { return ::close(fd_); }

  const int fd_;
};

// The kernel's linux_dirent64, of which glibc's dirent64 has the layout.
class GetdentsJob final : public DiskJob {
 public:
  GetdentsJob(Napi::Function callback, int fd, int64_t count_max) : DiskJob(callback), fd_(fd), count_max_(count_max) {}

 private:
  int64_t Call() override {
    alignas(dirent64) std::array<char, 32 * 1024> buffer;
    int64_t count = 0;
    for (;;) {
      const int64_t length = ::syscall(SYS_getdents64, fd_, buffer.data(), buffer.size());
      if (length <= 0) return length < 0 ? length : count;
      for (int64_t at = 0; at < length;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
        if (count == count_max_) return count;
        if (Append(*entry)) count++;
        at += entry->d_reclen;
      }
    }
  }

  bool Append(const dirent64& entry) {
    const std::string_view name(entry.d_name);
    if (name == "." || name == "..") return false;
    const unsigned char type = entry.d_type == DT_UNKNOWN ? TypeOf(entry.d_name) : entry.d_type;
    if (type != DT_REG && type != DT_DIR) return false;
    names_.push_back(type == DT_DIR ? 'd' : 'f');
    names_.insert(names_.end(), name.begin(), name.end());
    names_.push_back('\0');
    return true;
  }

  // Not every filesystem says of what type its entries are.
  unsigned char TypeOf(const char* name) const {
    struct stat stat {};
    if (::fstatat(fd_, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
    return static_cast<unsigned char>(IFTODT(stat.st_mode));
  }

  Napi::Value Deliver(Napi::Env env) override { return Napi::Buffer<char>::Copy(env, names_.data(), names_.size()); }

  const int fd_;
  const int64_t count_max_;
  std::vector<char> names_;
};

// fstatat of many names, one behind the other, each with a NUL at its end.
class FstatatJob final : public DiskJob {
 public:
  FstatatJob(Napi::Function callback, int dir_fd, std::span<const uint8_t> names, Napi::Float64Array out)
      : DiskJob(callback), dir_fd_(dir_fd), names_(names.begin(), names.end()), out_(Napi::Persistent(out)) {}

 private:
  int64_t Call() override {
    int64_t found = 0;
    for (size_t at = 0; at < names_.size(); at += std::strlen(&names_[at]) + 1) {
      struct stat stat {};
      if (::fstatat(dir_fd_, &names_[at], &stat, AT_SYMLINK_NOFOLLOW) == 0)
        found++;
      else
        stat.st_mode = 0;
      stats_.push_back(stat);
    }
    return found;
  }

  Napi::Value Deliver(Napi::Env env) override {
    const std::span<double> out(out_.Value().Data(), out_.Value().ElementLength());
    for (size_t i = 0; i < stats_.size(); i++) FillStat(stats_[i], out.subspan(i * kStatLength, kStatLength));
    return env.Undefined();
  }
  void Abandon() override { out_.Reset(); }

  const int dir_fd_;
  const std::vector<char> names_;
  std::vector<struct stat> stats_;
  Napi::Reference<Napi::Float64Array> out_;
};

// The callback owns the descriptor.
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
  (new OpenJob(callback, open, dir_fd, std::move(path), how, info[4].As<Napi::Float64Array>()))->Queue(info.Env());
  return {};
}

Napi::Value PreadJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> bytes = args.Slice(args.Bytes("buffer"));
  const off_t position = args.Size("position");
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new PreadJob(callback, fd, bytes, position, info[1].As<Napi::Uint8Array>()))->Queue(info.Env());
  return {};
}

Napi::Value SendfileJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int out_fd = args.Int("outFd");
  const int in_fd = args.Int("inFd");
  const off_t position = args.Size("position");
  const auto count = static_cast<size_t>(args.Size("count"));
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new SendfileJob(callback, out_fd, in_fd, position, count))->Queue(info.Env());
  return {};
}

Napi::Value CloseJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new CloseJob(callback, fd))->Queue(info.Env());
  return {};
}

Napi::Value GetdentsJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const int64_t count_max = args.Size("countMax");
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new GetdentsJob(callback, fd, count_max))->Queue(info.Env());
  return {};
}

Napi::Value FstatatJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int dir_fd = args.Int("dirFd");
  const std::span<const uint8_t> names = args.Bytes("names");
  if (!names.empty() && names.back() != '\0') args.FailRange("names: expected a NUL at the end of each");
  args.Doubles("stats", kStatLength * static_cast<size_t>(std::ranges::count(names, '\0')));
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new FstatatJob(callback, dir_fd, names, info[2].As<Napi::Float64Array>()))->Queue(info.Env());
  return {};
}

}  // namespace

void InitDiskJobs(Napi::Env env, Napi::Object exports, Napi::Object) {
  Export<OpenJobBinding<Openat2>>(env, exports, "openat2_job");
  Export<OpenJobBinding<Openat2Walk>>(env, exports, "openat2_walk_job");
  Export<PreadJobBinding>(env, exports, "pread_job");
  Export<SendfileJobBinding>(env, exports, "sendfile_job");
  Export<CloseJobBinding>(env, exports, "close_job");
  Export<GetdentsJobBinding>(env, exports, "getdents64_job");
  Export<FstatatJobBinding>(env, exports, "fstatat_job");
}

}  // namespace epoll_reactor
