// select(2) and poll(2), the predecessors of epoll: the whole interest set is passed in every call.
#include <poll.h>
#include <sys/select.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "args.h"
#include "families.h"
#include "milliseconds.h"

namespace epoll_reactor {

namespace {

// The caller's 32-bit words are copied to the kernel's structures: unsigned longs in an fd_set, pairs of shorts in a
// pollfd. Only on a little-endian machine is descriptor n bit n % 32 of word n / 32, and `events` the low half.
static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(pollfd) == 2 * sizeof(int32_t) && alignof(pollfd) == alignof(int32_t));

constexpr size_t kSetWords = FD_SETSIZE / 32;
static_assert(sizeof(fd_set) == kSetWords * sizeof(uint32_t));

constexpr Constant kConstants[] = {
    {"FD_SETSIZE", FD_SETSIZE}, {"POLLIN", POLLIN},   {"POLLOUT", POLLOUT},   {"POLLPRI", POLLPRI},
    {"POLLERR", POLLERR},       {"POLLHUP", POLLHUP}, {"POLLNVAL", POLLNVAL},
};

// A set of the caller, copied in and out: an fd_set is aligned for unsigned longs, a Uint32Array may not be.
class Set {
 public:
  explicit Set(std::optional<std::span<uint32_t>> words) : words_(words) {
    if (words_ && !words_->empty()) std::memcpy(&set_, words_->data(), sizeof set_);
  }

  fd_set* get() { return words_ ? &set_ : nullptr; }
  void CopyOut() const {
    if (words_) std::memcpy(words_->data(), &set_, sizeof set_);
  }

 private:
  std::optional<std::span<uint32_t>> words_;
  fd_set set_{};
};

Napi::Value Select(const Napi::CallbackInfo& info) {
  Args args(info);
  const size_t count =
      args.Count("count", FD_SETSIZE, "FD_SETSIZE: select(2) has no bit for a descriptor from there on, see poll(2)");
  Set readable(args.Uint32sOrNull("readable", kSetWords));
  Set writable(args.Uint32sOrNull("writable", kSetWords));
  const double timeout_ms = args.Milliseconds("timeoutMs");
  if (!args.ok()) return {};
  const timespec rounded = ToTimespec(std::max(timeout_ms, 0.0));
  // Rounded up to microseconds; the kernel accepts 1,000,000 in this field.
  timeval timeout{.tv_sec = rounded.tv_sec, .tv_usec = (rounded.tv_nsec + 999) / 1000};
  const int ready =
      ::select(static_cast<int>(count), readable.get(), writable.get(), nullptr, timeout_ms < 0 ? nullptr : &timeout);
  if (ready >= 0) {
    readable.CopyOut();
    writable.CopyOut();
  }
  return args.Result(ready);
}

Napi::Value Poll(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::span<int32_t> words = args.Int32s("pollfds");
  const size_t count = args.Count("count", words.size() / 2, "half the length of pollfds");
  const int timeout_ms = args.Int("timeoutMs");
  if (!args.ok()) return {};
  return args.Result(::poll(reinterpret_cast<pollfd*>(words.data()), count, timeout_ms));
}

}  // namespace

void InitMultiplex(Napi::Env env, Napi::Object exports, Napi::Object constants) {
  Define(env, constants, kConstants);
  Export<Select>(env, exports, "select");
  Export<Poll>(env, exports, "poll");
}

}  // namespace epoll_reactor
