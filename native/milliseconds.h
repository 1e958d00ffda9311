// Times cross as milliseconds with a fraction, and become what the kernel takes.
#pragma once

#include <ctime>

namespace epoll_reactor {

// Rounded up to the next nanosecond, so that no timer fires early and no delay becomes 0, which timerfd takes for
// "disarm". `ms` is not negative and at most 2^53, which Args sees to.
timespec ToTimespec(double ms);

}  // namespace epoll_reactor
