// Lets Node's own loop watch a descriptor, such as a reactor's epoll descriptor, and calls JavaScript while it is
// readable.
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

// The time for which one callback of the loop repeats its call. Returning to the loop costs as much as a turn; but
// timers and other descriptors wait meanwhile.
constexpr uint64_t kWakeNanos = 1'000'000;

class Watch;

// The object that JavaScript holds. An open Watch keeps it, so the garbage collector has nothing to close.
class HostLoop : public Napi::ObjectWrap<HostLoop> {
 public:
  explicit HostLoop(const Napi::CallbackInfo& info);

  static Napi::Function Class(Napi::Env env);
  void Forget() { watch_ = nullptr; }

 private:
  void Ref(const Napi::CallbackInfo&);
  void Unref(const Napi::CallbackInfo&);
  void Close(const Napi::CallbackInfo&);

  Watch* watch_ = nullptr;  // null once closed
};

// The libuv handle and what its callback needs. It is a separate object on the heap: libuv uses a handle until its
// close callback, which comes after close(), and after a failed constructor has freed its object.
class Watch {
 public:
  // Takes over `fd`. If libuv refuses it: null, and the error number in `status`.
  static Watch* Open(Napi::Env env, int fd, Napi::Function on_readable, HostLoop* owner, int* status) {
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(env, &loop);
    auto* watch = new Watch(env, fd, on_readable, owner);
    *status = uv_poll_init(loop, &watch->poll_, fd);
    if (*status < 0) {  // there is no handle for uv_close
      ::close(fd);
      delete watch;
      return nullptr;
    }
    watch->poll_.data = watch;
    // Node ends an environment with handles still open, and aborts a worker that leaves one behind.
    napi_add_async_cleanup_hook(env, OnTeardown, watch, &watch->cleanup_hook_);
    watch->self_ = Napi::Persistent(owner->Value());
    *status = uv_poll_start(&watch->poll_, UV_READABLE, OnPoll);
    if (*status == 0) *status = AddNow(loop, fd);
    if (*status == 0) return watch;
    watch->Close();
    return nullptr;
  }

  void Ref() { uv_ref(Handle()); }
  void Unref() { uv_unref(Handle()); }

  // May run inside OnPoll: everything that OnPoll uses lives until OnClosed, in a later phase of the loop.
  void Close() {
    owner_->Forget();
    uv_close(Handle(), OnClosed);
    ::close(fd_);  // uv_close has removed it from libuv's epoll set
  }

 private:
  Watch(Napi::Env env, int fd, Napi::Function on_readable, HostLoop* owner)
      : env_(env),
        fd_(fd),
        owner_(owner),
        on_readable_(Napi::Persistent(on_readable)),
        // The async resource is the object itself. Node holds the resource weakly: a separate one would be collected,
        // and the AsyncLocalStorage of the constructor's caller would be lost.
        context_(env, "EpollReactorHostLoop", owner->Value()) {}

  // libuv adds a descriptor to its epoll set only when it polls next, and aborts if the kernel then refuses it: the
  // nesting of epoll sets below the descriptor may have become too deep by then (ELOOP). If the descriptor is added
  // now, the kernel refuses instead the later call that makes the nesting too deep. libuv takes EEXIST for a descriptor
  // that it has watched before.
  static int AddNow(uv_loop_t* loop, int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    const int status = ::epoll_ctl(uv_backend_fd(loop), EPOLL_CTL_ADD, fd, &event);
    return status == 0 ? 0 : uv_translate_sys_error(errno);
  }

  static void OnPoll(uv_poll_t* poll, int status, int) {
    auto* watch = static_cast<Watch*>(poll->data);
    // libuv stops a watch when the descriptor has an error. Here an error counts as readable: a read reports it.
    if (status < 0) uv_poll_start(poll, UV_READABLE, OnPoll);
    const uint64_t begin = uv_hrtime();
    while (watch->Call() && uv_hrtime() - begin < kWakeNanos) {
    }
  }

  // Calls JavaScript. Returns whether it asks for another call at once.
  bool Call() {
    const Napi::HandleScope scope(env_);
    napi_value result = nullptr;
    bool calls_again = false;
    // Unlike Function::Call this runs nextTicks and microtasks afterwards, as Node does after each callback.
    const napi_status status =
        napi_make_callback(env_, context_, owner_->Value(), on_readable_.Value(), 0, nullptr, &result);
    if (status == napi_ok)
      return napi_get_value_bool(env_, result, &calls_again) == napi_ok && calls_again && !uv_is_closing(Handle());
    if (status != napi_pending_exception) return false;
    napi_value error = nullptr;
    // No JavaScript has called this function, so the error is an uncaughtException. In a worker that is being
    // terminated both calls fail.
    if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
    return false;
  }

  static void OnTeardown(napi_async_cleanup_hook_handle, void* data) {
    auto* watch = static_cast<Watch*>(data);
    // After close() the environment waits only for OnClosed.
    if (!uv_is_closing(watch->Handle())) watch->Close();
  }

  static void OnClosed(uv_handle_t* handle) {
    auto* watch = static_cast<Watch*>(handle->data);
    const napi_async_cleanup_hook_handle cleanup_hook = watch->cleanup_hook_;
    {
      const Napi::HandleScope scope(watch->env_);
      delete watch;
    }
    napi_remove_async_cleanup_hook(cleanup_hook);  // last: the environment waits for this
  }

  uv_handle_t* Handle() { return reinterpret_cast<uv_handle_t*>(&poll_); }

  const Napi::Env env_;
  const int fd_;
  HostLoop* const owner_;
  uv_poll_t poll_{};
  napi_async_cleanup_hook_handle cleanup_hook_ = nullptr;
  Napi::ObjectReference self_;  // keeps owner_
  Napi::FunctionReference on_readable_;
  Napi::AsyncContext context_;
};

void ThrowSystemError(Napi::Env env, const char* syscall, int number) {
  const std::string code = uv_err_name(number);
  Napi::Error error = Napi::Error::New(env, std::string(syscall) + " " + code + ": " + uv_strerror(number));
  error.Set("code", code);
  error.Set("errno", static_cast<double>(number));
  error.Set("syscall", syscall);
  error.ThrowAsJavaScriptException();
}

HostLoop::HostLoop(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  if (IsEmpty()) return;  // the worker is being terminated: nothing would free a Watch of this owner
  Args args(info);
  const int fd = args.Int("fd");
  const Napi::Function on_readable = args.Function("onReadable");
  if (!args.ok()) return;
  // A duplicate. If a watched descriptor were closed before the loop polls, libuv would abort the process, or watch
  // another descriptor with the same number. Its number is above that of `fd`: a watch of the X-ray's channel, which
  // has a high number, takes none of those that a program expects.
  const int own_fd = ::fcntl(fd, F_DUPFD_CLOEXEC, fd);
  if (own_fd < 0) {
    ThrowSystemError(info.Env(), "fcntl", uv_translate_sys_error(errno));
    return;
  }
  int status = 0;
  watch_ = Watch::Open(info.Env(), own_fd, on_readable, this, &status);
  if (watch_ == nullptr) ThrowSystemError(info.Env(), "uv_poll_init", status);
}

Napi::Function HostLoop::Class(Napi::Env env) {
  return DefineClass(env, "HostLoop",
                     {
                         InstanceMethod<&HostLoop::Ref>("ref"),
                         InstanceMethod<&HostLoop::Unref>("unref"),
                         InstanceMethod<&HostLoop::Close>("close"),
                     });
}

void HostLoop::Ref(const Napi::CallbackInfo&) {
  if (watch_ != nullptr) watch_->Ref();
}

void HostLoop::Unref(const Napi::CallbackInfo&) {
  if (watch_ != nullptr) watch_->Unref();
}

void HostLoop::Close(const Napi::CallbackInfo&) {
  if (watch_ != nullptr) watch_->Close();
}

}  // namespace

void InitHostLoop(Napi::Env env, Napi::Object exports, Napi::Object) { exports["HostLoop"] = HostLoop::Class(env); }

}  // namespace epoll_reactor
