#include "milliseconds.h"

#include <cmath>

namespace epoll_reactor {

timespec ToTimespec(double ms) {
  const double rest_ms = std::fmod(ms, 1e3);  // exact, where ms - 1e3 * floor(ms / 1e3) is not
  const auto seconds = static_cast<time_t>((ms - rest_ms) / 1e3);
  const auto nanoseconds = static_cast<long>(std::ceil(rest_ms * 1e6));
  if (nanoseconds >= 1'000'000'000) return {.tv_sec = seconds + 1, .tv_nsec = 0};
  return {.tv_sec = seconds, .tv_nsec = nanoseconds};
}

}  // namespace epoll_reactor
