// Calls that may wait for a disk, made by threads (disk_threads.h). Descriptors must stay open until the callback.
#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>
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

// The most bytes that one read(2) returns. A Buffer of Node 20 holds twice as many.
constexpr size_t kPreadBytesMax = 0x7ffff000;

Napi::Value NewDoubles(Napi::Env env, std::span<const double> values) {
  Napi::Float64Array array = Napi::Float64Array::New(env, values.size());
  if (!array.IsEmpty()) std::ranges::copy(values, array.Data());
  return array;
}

// openat2, then fstat and fstatfs of the opened file: all three may wait for the same disk.
class OpenJob final : public DiskJob {
 public:
  OpenJob(Napi::Function callback, OpenFunction* open, int dir_fd, std::string path, open_how how)
      : DiskJob(callback), open_(open), dir_fd_(dir_fd), path_(std::move(path)), how_(how) {}

  // The environment has ended, and JavaScript never got the descriptor.
  ~OpenJob() override {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  int64_t Call() override {
    fd_ = open_(dir_fd_, path_.c_str(), how_);
    if (fd_ < 0) return fd_;
    struct stat stat {};
    struct statfs filesystem {};
    if (::fstat(fd_, &stat) == 0 && ::fstatfs(fd_, &filesystem) == 0) {
      FillStat(stat, stat_);
      stat_[kFilesystem] = FilesystemType(filesystem);
      return fd_;
    }
    const int error = errno;
    ::close(std::exchange(fd_, -1));
    errno = error;
    return -1;
  }

  Napi::Value Deliver(Napi::Env env) override { return NewDoubles(env, stat_); }

  void OnDelivered() override { fd_ = -1; }

  OpenFunction* const open_;
  const int dir_fd_;
  const std::string path_;
  const open_how how_;
  int fd_ = -1;
  std::array<double, kOpenedLength> stat_{};
};

class PreadJob final : public DiskJob {
 public:
  PreadJob(Napi::Function callback, int fd, size_t count, off_t position)
      : DiskJob(callback), fd_(fd), count_(count), position_(position) {}

 private:
  int64_t Call() override {
    bytes_.reset(new (std::nothrow) uint8_t[count_]);
    if (bytes_ != nullptr) return ::pread(fd_, bytes_.get(), count_, position_);
    errno = ENOMEM;
    return -1;
  }

  Napi::Value Deliver(Napi::Env env) override {
    return Napi::Buffer<uint8_t>::Copy(env, bytes_.get(), static_cast<size_t>(std::max<int64_t>(result(), 0)));
  }

  const int fd_;
  const size_t count_;
  const off_t position_;
  std::unique_ptr<uint8_t[]> bytes_;  // allocated by the thread: a queued job holds none
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

// The kernel's linux_dirent64; on 64-bit systems, struct dirent has the same layout.
class GetdentsJob final : public DiskJob {
 public:
  GetdentsJob(Napi::Function callback, int fd, int64_t count_max) : DiskJob(callback), fd_(fd), count_max_(count_max) {}

 private:
  int64_t Call() override {
    alignas(dirent) std::array<char, 32 * 1024> buffer;
    int64_t count = 0;
    for (;;) {
      const int64_t length = ::syscall(SYS_getdents64, fd_, buffer.data(), buffer.size());
      if (length <= 0) return length < 0 ? length : count;
      for (int64_t at = 0; at < length;) {
        const auto* entry = reinterpret_cast<const dirent*>(buffer.data() + at);
        if (count == count_max_) return count;
        if (Append(*entry)) count++;
        at += entry->d_reclen;
      }
    }
  }

  bool Append(const dirent& entry) {
    const std::string_view name(entry.d_name);
    if (name == "." || name == "..") return false;
    const unsigned char type = entry.d_type == DT_UNKNOWN ? TypeOf(entry.d_name) : entry.d_type;
    if (type != DT_REG && type != DT_DIR && type != DT_LNK) return false;
    names_.push_back(type == DT_REG ? 'f' : type == DT_DIR ? 'd' : 'l');
    names_.insert(names_.end(), name.begin(), name.end());
    names_.push_back('\0');
    return true;
  }

  // For filesystems that do not report the types of their entries.
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

// openat2 with O_PATH, and fstat, for many names: the same result as a request for each. O_PATH does not open FIFOs or
// devices, and needs no permission to read.
class StatJob final : public DiskJob {
 public:
  StatJob(Napi::Function callback, OpenFunction* open, int dir_fd, std::string prefix, std::span<const uint8_t> names,
          uint64_t resolve)
      : DiskJob(callback),
        open_(open),
        dir_fd_(dir_fd),
        prefix_(std::move(prefix)),
        names_(names.begin(), names.end()),
        how_{.flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = resolve} {}

 private:
  int64_t Call() override {
    int64_t found = 0;
    std::string path = prefix_;
    for (size_t at = 0; at < names_.size(); at += path.size() - prefix_.size() + 1) {
      path.replace(prefix_.size(), std::string::npos, &names_[at]);
      stats_.resize(stats_.size() + kStatLength);
      if (Describe(path, std::span(stats_).last(kStatLength))) found++;
    }
    return found;
  }

  bool Describe(const std::string& path, std::span<double> out) const {
    struct stat stat {};
    const int fd = open_(dir_fd_, path.c_str(), how_);
    const bool is_found = fd >= 0 && ::fstat(fd, &stat) == 0;
    if (is_found)
      FillStat(stat, out);
    else
      out[kMode] = -errno;
    if (fd >= 0) ::close(fd);
    return is_found;
  }

  Napi::Value Deliver(Napi::Env env) override { return NewDoubles(env, stats_); }

  OpenFunction* const open_;
  const int dir_fd_;
  const std::string prefix_;
  const std::vector<char> names_;
  const open_how how_;
  std::vector<double> stats_;
};

// The callback owns the descriptor.
template <OpenFunction open>
Napi::Value OpenJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int dir_fd = args.Int("dirFd");
  std::string path = args.String("path");
  const uint32_t flags = args.Uint("flags");
  const uint32_t resolve = args.Uint("resolve");
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  const open_how how{.flags = flags, .mode = 0, .resolve = resolve};
  (new OpenJob(callback, open, dir_fd, std::move(path), how))->Queue(info.Env());
  return {};
}

Napi::Value PreadJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const size_t count = args.Count("count", kPreadBytesMax, "a Buffer holds no more");
  const off_t position = args.Size("position");
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new PreadJob(callback, fd, count, position))->Queue(info.Env());
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

template <OpenFunction open>
Napi::Value StatJobBinding(const Napi::CallbackInfo& info) {
  Args args(info);
  const int dir_fd = args.Int("dirFd");
  std::string prefix = args.String("prefix");
  const std::span<const uint8_t> names = args.Bytes("names");
  if (!names.empty() && names.back() != '\0') args.FailRange("names: expected a NUL at the end of each");
  const uint32_t resolve = args.Uint("resolve");
  const Napi::Function callback = args.Function("callback");
  if (!args.ok()) return {};
  (new StatJob(callback, open, dir_fd, std::move(prefix), names, resolve))->Queue(info.Env());
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
  Export<StatJobBinding<Openat2>>(env, exports, "openat2_stat_job");
  Export<StatJobBinding<Openat2Walk>>(env, exports, "openat2_walk_stat_job");
}

}  // namespace epoll_reactor
