// JavaScript gives times as milliseconds with a fraction.
#pragma once

#include <ctime>

namespace epoll_reactor {

// Rounded up to the next nanosecond, so that no timer fires early and no delay becomes 0, which disarms a timerfd. Args
// has checked that `ms` is from 0 to 2^53.
timespec ToTimespec(double ms);

}  // namespace epoll_reactor
