// The families of system calls, one file for each. Each adds its functions to `exports`, under the names of their man
// pages, and its constants to `constants`.
#pragma once

#include <napi.h>

#include <cstdint>
#include <span>

namespace epoll_reactor {

struct Constant {
  const char* name;
  int64_t value;  // AT_FDCWD is negative, EPOLLET has the highest bit of 32
};

// Constants come from the C headers: O_DIRECTORY differs between x64 and arm64.
inline void Define(Napi::Env env, Napi::Object target, std::span<const Constant> constants) {
  for (const Constant& constant : constants)
    target[constant.name] = Napi::Number::New(env, static_cast<double>(constant.value));
}

template <Napi::Value (*Binding)(const Napi::CallbackInfo&)>
void Export(Napi::Env env, Napi::Object exports, const char* name) {
  exports[name] = Napi::Function::New<Binding>(env, name);
}

void InitEpoll(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitSocket(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitStreamIo(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitFile(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitDiskJobs(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitMultiplex(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitEventFds(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitOwnedFd(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitSignalHandler(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitPty(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitHostLoop(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitIoUring(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitSandbox(Napi::Env env, Napi::Object exports, Napi::Object constants);
void InitUsers(Napi::Env env, Napi::Object exports, Napi::Object constants);

}  // namespace epoll_reactor
