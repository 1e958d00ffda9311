// A descriptor that its object closes: in close(), when the object is garbage, or when the environment ends, also that
// of a worker that is terminated.
#include <unistd.h>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

class OwnedFd : public Napi::ObjectWrap<OwnedFd> {
 public:
  explicit OwnedFd(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    Args args(info);
    const int fd = args.Int("fd");
    if (!args.ok()) return;
    fd_ = fd;
    if (IsEmpty()) Release();  // the worker is being terminated: nothing would destroy this object
  }
  ~OwnedFd() override { Release(); }

  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "OwnedFd",
                       {InstanceAccessor<&OwnedFd::Fd>("fd"), InstanceMethod<&OwnedFd::Close>("close")});
  }

 private:
  Napi::Value Fd(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), fd_); }
  void Close(const Napi::CallbackInfo&) { Release(); }
  void Release() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  int fd_ = -1;
};

}  // namespace

void InitOwnedFd(Napi::Env env, Napi::Object exports, Napi::Object) { exports["OwnedFd"] = OwnedFd::Class(env); }

}  // namespace epoll_reactor
