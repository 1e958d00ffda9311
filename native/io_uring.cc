// io_uring(7): two rings, in memory that the kernel and this process share. src/linux/ring.ts writes and reads them.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

// Called by number, which is the same on all architectures: glibc has no wrappers. The constants and offsets below are
// those of linux/io_uring.h, which old distributions do not have.
constexpr long kSetup = 425;
constexpr long kEnter = 426;
constexpr long kRegister = 427;

constexpr Constant kConstants[] = {
    {"IORING_OP_ACCEPT", 13},
    {"IORING_OP_CLOSE", 19},
    {"IORING_OP_SEND", 26},
    {"IORING_OP_RECV", 27},
    {"IORING_OP_PROVIDE_BUFFERS", 31},
    {"IOSQE_BUFFER_SELECT", 1 << 5},
    {"IOSQE_CQE_SKIP_SUCCESS", 1 << 6},
    {"IORING_CQE_F_BUFFER", 1 << 0},
    {"IORING_CQE_BUFFER_SHIFT", 16},
    {"IORING_ENTER_GETEVENTS", 1 << 0},
    {"IORING_FEAT_FAST_POLL", 1 << 5},
    {"IORING_FEAT_CQE_SKIP", 1 << 11},
};

// The words of struct io_uring_params: the offsets of the submission ring begin at 10, those of the completion ring
// at 20.
constexpr size_t kParamsWords = 30;
constexpr size_t kSqEntries = 0;
constexpr size_t kCqEntries = 1;
constexpr size_t kSqArray = 10 + 6;
constexpr size_t kCqCqes = 20 + 5;
constexpr size_t kSqeBytes = 64;
constexpr size_t kCqeBytes = 16;
constexpr off_t kOffsetRings = 0;
constexpr off_t kOffsetSqes = 0x10000000;

constexpr size_t kArenaBytesMax = size_t{1} << 30;

Napi::Value Enter(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const uint32_t to_submit = args.Uint("toSubmit");
  const uint32_t min_complete = args.Uint("minComplete");
  const uint32_t flags = args.Uint("flags");
  if (!args.ok()) return {};
  return args.Result(::syscall(kEnter, fd, to_submit, min_complete, flags, nullptr, size_t{0}));
}

// Cancels what is under way, and waits until the kernel uses none of its memory. Linux 6.0.
bool CancelAll(int fd) {
  constexpr int kRegisterSyncCancel = 24;
  struct {  // io_uring_sync_cancel_reg
    uint64_t address = 0;
    int32_t fd = -1;
    uint32_t flags = 1 << 0 | 1 << 2;  // IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY
    int64_t timeout[2] = {-1, -1};     // none
    uint64_t opcode_and_pad[4] = {};
  } cancel;
  static_assert(sizeof cancel == 64);
  return ::syscall(kRegister, fd, kRegisterSyncCancel, &cancel, 1) >= 0 || errno == ENOENT;
}

// Memory that is an ArrayBuffer, too.
struct Mapping {
  void* data = MAP_FAILED;
  size_t length = 0;
  napi_ref array_buffer = nullptr;
};

// A ring: its descriptor, the memory shared with the kernel, and an arena for the buffers of its operations. The
// ArrayBuffers have no bytes once it is closed: by close(), as garbage, or with its environment.
class IoUring : public Napi::ObjectWrap<IoUring> {
 public:
  explicit IoUring(const Napi::CallbackInfo& info) : ObjectWrap(info), env_(info.Env()) {
    Args args(info);
    const uint32_t entries = args.Uint("entries");
    const size_t arena_bytes = args.Count("arenaBytes", kArenaBytesMax, "1 GiB");
    const std::span<uint32_t> params = args.Uint32s("params", kParamsWords);
    if (!args.ok()) return;
    if (IsEmpty()) return;  // the worker is being terminated: nothing would destroy this object
    fd_ = static_cast<int>(::syscall(kSetup, entries, params.data()));
    if (fd_ >= 0 && MapAll(params, arena_bytes)) return;
    const int error = errno;
    Release();
    fd_ = -error;
  }
  ~IoUring() override { Release(); }

  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "IoUring",
                       {
                           InstanceMethod<&IoUring::Close>("close"),
                           InstanceAccessor<&IoUring::Fd>("fd"),
                           InstanceAccessor<&IoUring::ArrayBuffer<kRings>>("rings"),
                           InstanceAccessor<&IoUring::ArrayBuffer<kSqes>>("sqes"),
                           InstanceAccessor<&IoUring::ArrayBuffer<kArena>>("arena"),
                           InstanceAccessor<&IoUring::Address>("address"),
                       });
  }

 private:
  enum Part : size_t { kRings, kSqes, kArena };

  // The lengths are the kernel's own: a page beyond them would end the process with SIGBUS.
  bool MapAll(std::span<const uint32_t> params, size_t arena_bytes) {
    const auto word = [&](size_t i) { return size_t{params[i]}; };
    const size_t rings_bytes =
        std::max(word(kSqArray) + sizeof(uint32_t) * word(kSqEntries), word(kCqCqes) + kCqeBytes * word(kCqEntries));
    constexpr int kShared = MAP_SHARED | MAP_POPULATE;
    return MapPart(kRings, rings_bytes, kShared, fd_, kOffsetRings) &&
           MapPart(kSqes, kSqeBytes * word(kSqEntries), kShared, fd_, kOffsetSqes) &&
           MapPart(kArena, arena_bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }

  bool MapPart(Part part, size_t length, int flags, int fd, off_t offset) {
    void* data = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, flags, fd, offset);
    if (data == MAP_FAILED) return false;
    Mapping& mapping = parts_[part];
    mapping.data = data;
    mapping.length = length;
    napi_value array_buffer = nullptr;
    const bool is_made =
        napi_create_external_arraybuffer(env_, data, length, nullptr, nullptr, &array_buffer) == napi_ok &&
        napi_create_reference(env_, array_buffer, 1, &mapping.array_buffer) == napi_ok;
    if (!is_made) errno = ENOMEM;
    return is_made;
  }

  template <Part part>
  Napi::Value ArrayBuffer(const Napi::CallbackInfo& info) {
    napi_value array_buffer = nullptr;
    if (parts_[part].array_buffer == nullptr) return info.Env().Undefined();
    napi_get_reference_value(env_, parts_[part].array_buffer, &array_buffer);
    return {env_, array_buffer};
  }

  Napi::Value Fd(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), fd_); }
  // Less than 2^53 in every process, so a number is exact.
  Napi::Value Address(const Napi::CallbackInfo& info) {
    const void* data = parts_[kArena].data;
    return Napi::Number::New(info.Env(),
                             data == MAP_FAILED ? 0 : static_cast<double>(reinterpret_cast<uintptr_t>(data)));
  }
  void Close(const Napi::CallbackInfo&) { Release(); }

  void Release() {
    if (fd_ < 0) return;
    // An operation under way would write into memory that another owner may have by then. Before Linux 6.0 the kernel
    // does not say when that is over, so there the arena stays mapped until the process ends.
    if (!CancelAll(fd_)) {
      Detach(parts_[kArena]);
      parts_[kArena] = {};
    }
    for (Mapping& mapping : parts_) {
      Detach(mapping);
      if (mapping.data != MAP_FAILED) ::munmap(mapping.data, mapping.length);
      mapping = {};
    }
    ::close(fd_);
    fd_ = -1;
  }

  // The typed arrays of a detached ArrayBuffer have no elements. When the environment ends, no JavaScript is left to
  // use them.
  void Detach(const Mapping& mapping) {
    if (mapping.array_buffer == nullptr) return;
    const Napi::HandleScope scope(env_);
    napi_value array_buffer = nullptr;
    if (napi_get_reference_value(env_, mapping.array_buffer, &array_buffer) == napi_ok && array_buffer != nullptr) {
      napi_detach_arraybuffer(env_, array_buffer);
    }
    napi_delete_reference(env_, mapping.array_buffer);
  }

  const Napi::Env env_;
  int fd_ = -1;
  std::array<Mapping, 3> parts_;
};

}  // namespace

void InitIoUring(Napi::Env env, Napi::Object exports, Napi::Object constants) {
  Define(env, constants, kConstants);
  Export<Enter>(env, exports, "io_uring_enter");
  exports["IoUring"] = IoUring::Class(env);
}

}  // namespace epoll_reactor
