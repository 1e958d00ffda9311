// A second addon, which calls OpenSSL's functions in Node's own executable. It is loaded only where TLS is configured:
// if the executable lacks these functions, loading it fails, and everything else works.
#include <napi.h>
#include <openssl/crypto.h>

#include "context.h"
#include "families.h"
#include "session.h"

namespace epoll_reactor {

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(env);
  TlsSession::DefineConstants(env, constants);
  exports["TlsContext"] = TlsContext::Class(env);
  exports["TlsSession"] = TlsSession::Class(env);
  exports["opensslVersion"] = Napi::Number::New(env, static_cast<double>(OpenSSL_version_num()));
  exports["constants"] = constants;
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)

}  // namespace epoll_reactor
