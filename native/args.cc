#include "args.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace epoll_reactor {

namespace {

constexpr double kSafeIntegerMax = 9007199254740991.0;  // 2^53 - 1: beyond it JavaScript numbers skip integers

// Room for the array elements that one call reads, see Buffers().
constexpr size_t kElementsMax = 64;

const char* TypeName(Napi::Env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  switch (type) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return "a boolean";
    case napi_number:
      return "a number";
    case napi_string:
      return "a string";
    case napi_symbol:
      return "a symbol";
    case napi_function:
      return "a function";
    case napi_bigint:
      return "a bigint";
    default:
      return "another kind of object";
  }
}

template <typename Element>
struct ArrayOf;
template <>
struct ArrayOf<uint8_t> {
  static constexpr napi_typedarray_type type = napi_uint8_array;
  static constexpr const char* name = "a Uint8Array";
};
template <>
struct ArrayOf<uint32_t> {
  static constexpr napi_typedarray_type type = napi_uint32_array;
  static constexpr const char* name = "a Uint32Array";
};
template <>
struct ArrayOf<int32_t> {
  static constexpr napi_typedarray_type type = napi_int32_array;
  static constexpr const char* name = "an Int32Array";
};
template <>
struct ArrayOf<double> {
  static constexpr napi_typedarray_type type = napi_float64_array;
  static constexpr const char* name = "a Float64Array";
};

}  // namespace

napi_value Args::Next() { return info_[next_++]; }

bool Args::NextIsNull() const {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, info_[next_], &type);
  return type == napi_null;
}

void Args::Fail(const Napi::Error& error) {
  failed_ = true;
  error.ThrowAsJavaScriptException();
}

void Args::FailType(const char* name, const char* expected, napi_value value) {
  if (failed_) return;
  Fail(Napi::TypeError::New(env_, std::string(name) + ": expected " + expected + ", got " + TypeName(env_, value)));
}

void Args::FailRange(const std::string& message) {
  if (failed_) return;
  Fail(Napi::RangeError::New(env_, message));
}

// The number as JavaScript writes it: 3.7, NaN. Napi::Value::ToString() would end the process in a worker that is being
// terminated.
std::string Args::Text(double number) const {
  napi_value value = nullptr;
  char text[32] = "";  // the longest, -1.2345678901234567e-123, has 24
  if (napi_create_double(env_, number, &value) != napi_ok) return text;
  if (napi_coerce_to_string(env_, value, &value) != napi_ok) return text;
  napi_get_value_string_utf8(env_, value, text, sizeof text, nullptr);
  return text;
}

// A separate function: its strings would slow down the path of accepted numbers.
[[gnu::cold]] void Args::RefuseNumber(const char* name, const char* expected, double min, double max, const char* why,
                                      napi_value value) {
  double number = 0;
  if (napi_get_value_double(env_, value, &number) != napi_ok) {
    FailType(name, expected, value);
    return;
  }
  const bool is_in_range = number >= min && number <= max;  // NaN is not
  const std::string range =
      " from " + Text(min) + " to " + Text(max) + (*why == 0 ? "" : std::string(" (") + why + ")");
  FailRange(std::string(name) + ": expected " + expected + (is_in_range ? "" : range) + ", got " + Text(number));
}

inline double Args::Number(const char* name, const char* expected, double min, double max, const char* why) {
  const napi_value value = Next();
  double number = 0;
  if (napi_get_value_double(env_, value, &number) == napi_ok && number >= min && number <= max) return number;
  RefuseNumber(name, expected, min, max, why, value);
  return 0;
}

inline double Args::WholeNumber(const char* name, double min, double max, const char* why) {
  const napi_value value = Next();
  double number = 0;
  // napi_get_value_int32 would turn 3.7 into 3, another descriptor. All ranges fit into 64 bits, so two casts test it;
  // std::trunc would be a call.
  if (napi_get_value_double(env_, value, &number) == napi_ok && number >= min && number <= max &&
      static_cast<double>(static_cast<int64_t>(number)) == number) {
    return number;
  }
  RefuseNumber(name, "a whole number", min, max, why, value);
  return 0;
}

int Args::Int(const char* name) {
  return static_cast<int>(WholeNumber(name, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

uint32_t Args::Uint(const char* name) {
  return static_cast<uint32_t>(WholeNumber(name, 0, std::numeric_limits<uint32_t>::max()));
}

uint32_t Args::Mask(const char* name) {
  return static_cast<uint32_t>(static_cast<int64_t>(
      WholeNumber(name, std::numeric_limits<int32_t>::min(), std::numeric_limits<uint32_t>::max())));
}

int64_t Args::Size(const char* name) { return static_cast<int64_t>(WholeNumber(name, 0, kSafeIntegerMax)); }

size_t Args::Count(const char* name, size_t max, const char* why) {
  return static_cast<size_t>(WholeNumber(name, 0, static_cast<double>(max), why));
}

double Args::Milliseconds(const char* name) { return Number(name, "milliseconds", -kSafeIntegerMax, kSafeIntegerMax); }

double Args::MillisecondsNotNegative(const char* name) { return Number(name, "milliseconds", 0, kSafeIntegerMax); }

std::string Args::String(const char* name) {
  const Napi::Value value(env_, Next());
  if (!value.IsString()) {
    FailType(name, "a string", value);
    return {};
  }
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) {
    FailRange(std::string(name) + ": expected a string without NUL, got one with NUL");
    return {};
  }
  return text;
}

Napi::Function Args::Function(const char* name) {
  const Napi::Value value(env_, Next());
  if (!value.IsFunction()) {
    FailType(name, "a function", value);
    return {};
  }
  return value.As<Napi::Function>();
}

template <typename Element>
std::span<Element> Args::TypedArray(const char* name, napi_value value, size_t length_min) {
  napi_typedarray_type type = napi_uint8_array;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != ArrayOf<Element>::type) {
    FailType(name, ArrayOf<Element>::name, value);
    return {};
  }
  if (length < length_min) {
    FailRange(std::string(name) + ": expected at least " + std::to_string(length_min) + " elements, got " +
              std::to_string(length));
    return {};
  }
  return {static_cast<Element*>(data), length};
}

std::span<uint8_t> Args::Bytes(const char* name) { return TypedArray<uint8_t>(name, Next(), 0); }

std::span<uint32_t> Args::Uint32s(const char* name, size_t length_min) {
  return TypedArray<uint32_t>(name, Next(), length_min);
}

std::span<int32_t> Args::Int32s(const char* name, size_t length_min) {
  return TypedArray<int32_t>(name, Next(), length_min);
}

std::span<double> Args::Doubles(const char* name, size_t length_min) {
  return TypedArray<double>(name, Next(), length_min);
}

std::optional<std::span<uint8_t>> Args::BytesOrNull(const char* name) {
  if (!NextIsNull()) return Bytes(name);
  Next();
  return std::nullopt;
}

std::optional<std::span<uint32_t>> Args::Uint32sOrNull(const char* name, size_t length_min) {
  if (!NextIsNull()) return Uint32s(name, length_min);
  Next();
  return std::nullopt;
}

std::span<uint8_t> Args::Slice(std::span<uint8_t> bytes) {
  const auto offset = static_cast<size_t>(Size("offset"));
  const auto length = static_cast<size_t>(Size("length"));
  if (failed_) return {};
  if (offset > bytes.size() || length > bytes.size() - offset) {
    FailRange("offset, length: expected a part of the " + std::to_string(bytes.size()) + " bytes given, got " +
              std::to_string(offset) + ", " + std::to_string(length));
    return {};
  }
  return bytes.subspan(offset, length);
}

std::span<iovec> Args::Buffers(const char* name, std::span<iovec> buffers) {
  const napi_value array = Next();
  uint32_t length = 0;
  if (napi_get_array_length(env_, array, &length) != napi_ok) {
    FailType(name, "an array of Uint8Arrays", array);
    return {};
  }
  const size_t count = std::min({size_t{length}, buffers.size(), kElementsMax});
  // First reads all elements, then their memory: an element may be a getter, which may transfer the memory of an
  // earlier one.
  std::array<napi_value, kElementsMax> elements;
  for (uint32_t i = 0; i < count && !failed_; i++) {
    if (napi_get_element(env_, array, i, &elements[i]) != napi_ok) failed_ = true;  // the getter's error is pending
  }
  for (size_t i = 0; i < count && !failed_; i++) {
    const std::span<uint8_t> bytes = TypedArray<uint8_t>(name, elements[i], 0);
    buffers[i] = {.iov_base = bytes.data(), .iov_len = bytes.size()};
  }
  return failed_ ? std::span<iovec>{} : buffers.first(count);
}

Napi::Value Args::Result(int64_t n) const {
  const int64_t result = n < 0 ? -static_cast<int64_t>(errno) : n;
  napi_value value = nullptr;
  if (result == static_cast<int32_t>(result)) {
    napi_create_int32(env_, static_cast<int32_t>(result), &value);  // cheaper, and nearly all results are small
  } else {
    napi_create_int64(env_, result, &value);
  }
  return {env_, value};
}

}  // namespace epoll_reactor
