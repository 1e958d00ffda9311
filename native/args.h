// Reads the arguments of a binding function, and returns its result. Every binding has three parts:
//
//   Napi::Value Listen(const Napi::CallbackInfo& info) {
//     Args args(info);
//     const int fd = args.Int("fd");
//     const int backlog = args.Int("backlog");
//     if (!args.ok()) return {};
//     return args.Result(::listen(fd, backlog));
//   }
//
// Arguments are read in the order in which they are passed. The first wrong one throws a TypeError or a RangeError that
// names it. Later reads give zeros and empty spans, so one test of ok() is enough.
#pragma once

#include <napi.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace epoll_reactor {

class Args {
 public:
  explicit Args(const Napi::CallbackInfo& info) : info_(info), env_(info.Env()) {}
  Args(const Args&) = delete;
  Args& operator=(const Args&) = delete;

  // A whole number in the range of a C int. A descriptor may be negative: the kernel refuses it (EBADF).
  int Int(const char* name);
  // A whole number in the range of a uint32_t.
  uint32_t Uint(const char* name);
  // 32 bits. EPOLLET is the highest, so EPOLLIN | EPOLLET is negative in JavaScript, with the same bits.
  uint32_t Mask(const char* name);
  // A file position or a count: a whole number from 0 to 2^53 - 1.
  int64_t Size(const char* name);
  // A whole number from 0 to `max`. `why` ends the RangeError's message.
  size_t Count(const char* name, size_t max, const char* why);
  // A time; fractions are allowed. A negative time means for ever.
  double Milliseconds(const char* name);
  double MillisecondsNotNegative(const char* name);
  // A string without NUL, because NUL would end it early in C.
  std::string String(const char* name);
  Napi::Function Function(const char* name);

  // The caller's memory, not a copy: valid until the binding returns. A shorter array than length_min is a RangeError.
  std::span<uint8_t> Bytes(const char* name);
  std::span<uint32_t> Uint32s(const char* name, size_t length_min = 0);
  std::span<int32_t> Int32s(const char* name, size_t length_min = 0);
  std::span<double> Doubles(const char* name, size_t length_min = 0);
  // Bytes(), or nothing for null.
  std::optional<std::span<uint8_t>> BytesOrNull(const char* name);
  std::optional<std::span<uint32_t>> Uint32sOrNull(const char* name, size_t length_min = 0);
  // Reads two more arguments, offset and length, and checks both against `bytes`.
  std::span<uint8_t> Slice(std::span<uint8_t> bytes);
  // Slice() if arguments are left; else all of `bytes`.
  std::span<uint8_t> Part(std::span<uint8_t> bytes) { return AtEnd() ? bytes : Slice(bytes); }
  // An array of Uint8Arrays; at most as many as `buffers` has room for.
  std::span<iovec> Buffers(const char* name, std::span<iovec> buffers);

  // No argument is left.
  bool AtEnd() const { return next_ >= info_.Length(); }
  void FailRange(const std::string& message);
  bool ok() const { return !failed_; }
  Napi::Env env() const { return env_; }

  // The result of a call that sets errno: n >= 0, or -errno.
  Napi::Value Result(int64_t n) const;

 private:
  napi_value Next();
  bool NextIsNull() const;
  double Number(const char* name, const char* expected, double min, double max, const char* why = "");
  double WholeNumber(const char* name, double min, double max, const char* why = "");
  void RefuseNumber(const char* name, const char* expected, double min, double max, const char* why, napi_value value);
  template <typename Element>
  std::span<Element> TypedArray(const char* name, napi_value value, size_t length_min);
  void Fail(const Napi::Error& error);
  void FailType(const char* name, const char* expected, napi_value value);
  std::string Text(double number) const;

  const Napi::CallbackInfo& info_;
  Napi::Env env_;
  size_t next_ = 0;
  bool failed_ = false;
};

}  // namespace epoll_reactor
