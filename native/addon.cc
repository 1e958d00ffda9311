#include <napi.h>

#include "families.h"

namespace epoll_reactor {

namespace {

// The exports share nothing: every environment (the main thread, each worker) gets its own.
Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(env);
  InitEpoll(env, exports, constants);
  InitSocket(env, exports, constants);
  InitStreamIo(env, exports, constants);
  InitFile(env, exports, constants);
  InitDiskJobs(env, exports, constants);
  InitMultiplex(env, exports, constants);
  InitEventFds(env, exports, constants);
  InitOwnedFd(env, exports, constants);
  InitPty(env, exports, constants);
  InitSignalHandler(env, exports, constants);
  InitHostLoop(env, exports, constants);
  InitIoUring(env, exports, constants);
  InitSandbox(env, exports, constants);
  InitUsers(env, exports, constants);
  exports["constants"] = constants;
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)

}  // namespace epoll_reactor
