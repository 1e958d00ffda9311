// Signals as bytes of a pipe. A signalfd(2) would need every thread of the process to block the signal, and Node starts
// threads that block none.
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

constexpr int kSignalsMax = 65;  // 1 to 64 (signal(7))

// Shared by all threads, as signal handlers are.
std::mutex mutex;
std::array<std::atomic<int>, kSignalsMax> pipes;  // the writing end, plus 1; 0: not handled here
std::array<struct sigaction, kSignalsMax> before;
std::atomic<int> running = 0;

// Async-signal-safe (signal-safety(7)). A full pipe drops the byte: many of them wait already.
void OnSignal(int number) {
  const int saved = errno;
  running.fetch_add(1);
  const int fd = pipes[static_cast<size_t>(number)].load() - 1;
  const auto byte = static_cast<uint8_t>(number);
  if (fd >= 0) [[maybe_unused]]
    const ssize_t written = ::write(fd, &byte, 1);
  running.fetch_sub(1);
  errno = saved;
}

class SignalHandler : public Napi::ObjectWrap<SignalHandler> {
 public:
  explicit SignalHandler(const Napi::CallbackInfo& info) : ObjectWrap(info) {}
  ~SignalHandler() override { Release(); }

  static Napi::Function Class(Napi::Env env) {
    return DefineClass(
        env, "SignalHandler",
        {InstanceMethod<&SignalHandler::Begin>("begin"), InstanceMethod<&SignalHandler::Close>("close")});
  }

 private:
  // It keeps a copy of the descriptor, so that the caller may close its own.
  Napi::Value Begin(const Napi::CallbackInfo& info) {
    Args args(info);
    const int number = args.Int("number");
    const int fd = args.Int("fd");
    if (!args.ok()) return {};
    return args.Result(Install(number, fd));
  }

  int Install(int number, int fd) {
    // After a handler for one of the last four, the faulty instruction would run again.
    const bool is_fault = number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
    if (number < 1 || number >= kSignalsMax || is_fault || number_ != 0) {
      errno = EINVAL;
      return -1;
    }
    const auto index = static_cast<size_t>(number);
    const std::lock_guard lock(mutex);
    if (pipes[index].load() != 0) {
      errno = EBUSY;
      return -1;
    }
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return -1;
    struct sigaction action {};
    action.sa_handler = OnSignal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    pipes[index].store(copy + 1);
    if (::sigaction(number, &action, &before[index]) < 0) {
      const int failed = errno;
      pipes[index].store(0);
      ::close(copy);
      errno = failed;
      return -1;
    }
    number_ = number;
    return 0;
  }

  void Close(const Napi::CallbackInfo&) { Release(); }

  void Release() {
    if (number_ == 0) return;
    const auto index = static_cast<size_t>(number_);
    const std::lock_guard lock(mutex);
    ::sigaction(number_, &before[index], nullptr);
    const int copy = pipes[index].exchange(0) - 1;
    // A handler in another thread may have read the number already: the descriptor must stay until it has ended.
    while (running.load() > 0) ::sched_yield();
    ::close(copy);
    number_ = 0;
  }

  int number_ = 0;
};

}  // namespace

void InitSignalHandler(Napi::Env env, Napi::Object exports, Napi::Object) {
  exports["SignalHandler"] = SignalHandler::Class(env);
}

}  // namespace epoll_reactor
