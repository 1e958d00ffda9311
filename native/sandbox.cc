// Gives up privileges permanently: no_new_privs, Landlock, seccomp. src/daemon/sandbox/sandbox.ts decides which.
#include <dirent.h>
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

// Called by number, which is the same on all architectures: glibc has no wrappers, and the headers of Linux 5.10 have
// no names.
constexpr long kLandlockCreateRuleset = 444;
constexpr long kLandlockAddRule = 445;
constexpr long kLandlockRestrictSelf = 446;
constexpr int kRulePathBeneath = 1;

Napi::Value Prctl(const Napi::CallbackInfo& info) {
  Args args(info);
  const int option = args.Int("option");
  const unsigned long argument = args.Uint("argument");
  if (!args.ok()) return {};
  // All five arguments: PR_SET_NO_NEW_PRIVS requires zeros, and a missing argument would be the value in its register.
  return args.Result(::prctl(option, argument, 0UL, 0UL, 0UL));
}

// The attributes are the bytes of a struct landlock_ruleset_attr, whose fields depend on the kernel.
Napi::Value LandlockCreateRuleset(const Napi::CallbackInfo& info) {
  Args args(info);
  const auto attributes = args.BytesOrNull("attributes");
  const uint32_t flags = args.Uint("flags");
  if (!args.ok()) return {};
  return args.Result(::syscall(kLandlockCreateRuleset, attributes ? attributes->data() : nullptr,
                               attributes ? attributes->size() : 0, flags));
}

// A rule of type LANDLOCK_RULE_PATH_BENEATH.
Napi::Value LandlockAddRule(const Napi::CallbackInfo& info) {
  Args args(info);
  const int ruleset_fd = args.Int("rulesetFd");
  const auto allowed_access = static_cast<uint64_t>(args.Size("allowedAccess"));
  const int parent_fd = args.Int("parentFd");
  if (!args.ok()) return {};
  struct [[gnu::packed]] {  // landlock_path_beneath_attr
    uint64_t allowed_access;
    int32_t parent_fd;
  } const rule{.allowed_access = allowed_access, .parent_fd = parent_fd};
  return args.Result(::syscall(kLandlockAddRule, ruleset_fd, kRulePathBeneath, &rule, 0));
}

// Restricts the calling thread. It needs no_new_privs, which is a flag of the thread, or CAP_SYS_ADMIN.
int RestrictThread(int ruleset_fd) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) return -errno;
  return ::syscall(kLandlockRestrictSelf, ruleset_fd, 0) == 0 ? 0 : -errno;
}

// Landlock restricts one thread, and a Node process has ten before any JavaScript runs: libuv's, V8's, the inspector's.
// So each thread gets a signal and restricts itself in the handler, as glibc does for setuid(2). (Linux 7.0 can
// restrict all threads: LANDLOCK_RESTRICT_SELF_TSYNC.)
#if defined(__x86_64__) || defined(__aarch64__)

// The signal of glibc's setuid(), and of musl's pthread_cancel(). It also reaches a thread that blocks all signals,
// such as the inspector's, because pthread_sigmask(3) never blocks it. sigaction(3) refuses it, so the system call sets
// the handler.
constexpr int kSignal = 33;

struct KernelSigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

#if defined(__x86_64__)
// The return address of the handler. The kernel has no default, and libc does not export its own.
extern "C" void EpollReactorSigreturn();
__asm__(
    ".text\n"
    ".local EpollReactorSigreturn\n"
    ".type EpollReactorSigreturn, @function\n"
    "EpollReactorSigreturn:\n"
    "  movq $15, %rax\n"
    "  syscall\n"
    ".size EpollReactorSigreturn, .-EpollReactorSigreturn\n");
constexpr unsigned long kRestorerFlag = 0x04000000;  // SA_RESTORER
constexpr auto kRestorer = EpollReactorSigreturn;
#else
constexpr unsigned long kRestorerFlag = 0;
constexpr void (*kRestorer)() = nullptr;
#endif

constexpr int kUnanswered = 1;

// One request of the process at a time, because a handler has no arguments.
std::mutex restricting;
std::atomic<pid_t> wanted_thread = 0;
std::atomic<int> wanted_ruleset = -1;
std::atomic<int> answer = kUnanswered;

pid_t ThreadId() { return static_cast<pid_t>(::syscall(SYS_gettid)); }

void OnSignal(int) {
  const int interrupted = errno;
  // A signal that comes after the timeout does nothing.
  if (wanted_thread.load() == ThreadId()) answer.store(RestrictThread(wanted_ruleset.load()));
  errno = interrupted;
}

int SetAction(const KernelSigaction* action, KernelSigaction* previous) {
  return static_cast<int>(::syscall(SYS_rt_sigaction, kSignal, action, previous, sizeof(uint64_t)));
}

using Clock = std::chrono::steady_clock;

// Returns 0, -ESRCH for a thread that has ended, -ETIMEDOUT, or the result of the thread's own calls.
int RestrictOtherThread(pid_t thread, Clock::time_point deadline) {
  answer.store(kUnanswered);
  wanted_thread.store(thread);
  int result = ::syscall(SYS_tgkill, ::getpid(), thread, kSignal) == 0 ? kUnanswered : -errno;
  while (result == kUnanswered) {
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 20'000};
    ::nanosleep(&kPause, nullptr);
    result = answer.load();
    if (result != kUnanswered) break;
    if (::syscall(SYS_tgkill, ::getpid(), thread, 0) != 0) result = -errno;
    if (Clock::now() > deadline) result = -ETIMEDOUT;
  }
  wanted_thread.store(0);
  return result;
}

// The id of a thread in this process's own namespace: the last in the list of NSpid. /proc may belong to another
// namespace, and then names its folders by the ids of that (pid_namespaces(7)). 0 for a thread that has ended.
pid_t InnermostId(const char* name) {
  std::ifstream status("/proc/self/task/" + std::string(name) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("NSpid:")) {
      return static_cast<pid_t>(std::strtol(line.c_str() + line.find_last_of(" \t") + 1, nullptr, 10));
    }
  }
  return 0;
}

int ListThreads(std::vector<pid_t>& threads) {
  threads.clear();
  DIR* const folder = ::opendir("/proc/self/task");
  if (folder == nullptr) return -errno;
  while (const dirent* const entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    if (const pid_t thread = InnermostId(entry->d_name); thread > 0) threads.push_back(thread);
  }
  ::closedir(folder);
  return 0;
}

// Repeats until two lists in a row have no new thread. A restricted thread passes its restriction on to threads that it
// starts, but a thread that is not restricted yet may have started another one, and a list that is read while threads
// end can have gaps. The caller comes last: each thread gets its own domain, and a domain may forbid signals to other
// domains.
int RestrictThreads(int ruleset_fd, Clock::time_point deadline) {
  std::vector<pid_t> listed;
  std::vector<pid_t> restricted{ThreadId()};
  for (int lists_without_news = 0; lists_without_news < 2;) {
    if (const int failed = ListThreads(listed); failed < 0) return failed;
    lists_without_news++;
    for (const pid_t thread : listed) {
      if (std::ranges::find(restricted, thread) != restricted.end()) continue;
      lists_without_news = 0;
      const int result = RestrictOtherThread(thread, deadline);
      if (result == -ESRCH) continue;
      if (result < 0) return result;
      restricted.push_back(thread);
    }
    if (Clock::now() > deadline) return -ETIMEDOUT;
  }
  const int result = RestrictThread(ruleset_fd);
  return result < 0 ? result : static_cast<int>(restricted.size());
}

int RestrictProcess(int ruleset_fd, double timeout_ms) {
  const std::lock_guard lock(restricting);
  const KernelSigaction action{
      .handler = OnSignal, .flags = SA_RESTART | kRestorerFlag, .restorer = kRestorer, .mask = ~uint64_t{0}};
  KernelSigaction previous{};
  if (SetAction(&action, &previous) != 0) return -errno;
  wanted_ruleset.store(ruleset_fd);
  const auto timeout =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(timeout_ms));
  const int result = RestrictThreads(ruleset_fd, Clock::now() + timeout);
  wanted_ruleset.store(-1);
  // Not after a timeout: the signal may still come, and libc's handler does not expect it.
  if (result != -ETIMEDOUT) SetAction(&previous, nullptr);
  return result;
}

#else

int RestrictProcess(int, double) { return -ENOSYS; }

#endif

// Sets no_new_privs and enforces the ruleset in all threads of the process. Returns the number of threads. After an
// error some threads may be restricted and others not.
Napi::Value LandlockRestrictProcess(const Napi::CallbackInfo& info) {
  Args args(info);
  const int ruleset_fd = args.Int("rulesetFd");
  const double timeout_ms = args.MillisecondsNotNegative("timeoutMs");
  if (!args.ok()) return {};
  const int result = RestrictProcess(ruleset_fd, std::min(timeout_ms, 60'000.0));
  errno = -result;
  return args.Result(result);
}

// The filter is the bytes of an array of struct sock_filter: 8 each.
Napi::Value Seccomp(const Napi::CallbackInfo& info) {
  Args args(info);
  const uint32_t operation = args.Uint("operation");
  const uint32_t flags = args.Uint("flags");
  const std::span<uint8_t> filter = args.Bytes("filter");
  if (filter.size() % sizeof(sock_filter) != 0 || filter.size() / sizeof(sock_filter) > BPF_MAXINSNS) {
    args.FailRange("filter: expected at most " + std::to_string(BPF_MAXINSNS) + " instructions of " +
                   std::to_string(sizeof(sock_filter)) + " bytes, got " + std::to_string(filter.size()) + " bytes");
  }
  if (!args.ok()) return {};
  // The kernel copies it from any alignment.
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size() / sizeof(sock_filter)),
                           .filter = static_cast<sock_filter*>(static_cast<void*>(filter.data()))};
  return args.Result(::syscall(SYS_seccomp, operation, flags, &program));
}

}  // namespace

void InitSandbox(Napi::Env env, Napi::Object exports, Napi::Object) {
  Export<Prctl>(env, exports, "prctl");
  Export<LandlockCreateRuleset>(env, exports, "landlock_create_ruleset");
  Export<LandlockAddRule>(env, exports, "landlock_add_rule");
  Export<LandlockRestrictProcess>(env, exports, "landlock_restrict_process");
  Export<Seccomp>(env, exports, "seccomp");
}

}  // namespace epoll_reactor
