// TLS on a non-blocking socket: OpenSSL reads and writes ciphertext through a BIO over recv(2) and send(2), so
// WANT_READ and WANT_WRITE mean that the socket is not ready. src/tls/tls-channel.ts is its only user.
#pragma once

#include <napi.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "args.h"
#include "context.h"
#include "hello_bound.h"
#include "unique.h"

namespace epoll_reactor {

class TlsSession : public Napi::ObjectWrap<TlsSession> {
 public:
  explicit TlsSession(const Napi::CallbackInfo& info);
  static Napi::Function Class(Napi::Env env);
  static void DefineConstants(Napi::Env env, Napi::Object constants);

  // The BIO's calls, in the manner of BIO_meth_set_read(3) and BIO_meth_set_write(3).
  int OnRead(char* out, int length);
  int OnWrite(const char* bytes, int length);
  // The client has sent a KeyUpdate: it uses new keys from here on (RFC 8446 §4.6.3).
  void OnKeyUpdate();
  // The server asks the client for a second ClientHello (RFC 8446 §4.1.4).
  void OnHelloRetryRequest() { hello_bound_.Restart(); }

 private:
  Napi::Value Recv(const Napi::CallbackInfo& info);
  Napi::Value Send(const Napi::CallbackInfo& info);
  Napi::Value Writev(const Napi::CallbackInfo& info);
  Napi::Value Sendfile(const Napi::CallbackInfo& info);
  Napi::Value HasPartialRecord(const Napi::CallbackInfo& info);
  Napi::Value Details(const Napi::CallbackInfo& info);
  Napi::Value Failure(const Napi::CallbackInfo& info);
  Napi::Value Shutdown(const Napi::CallbackInfo& info);
  void Free(const Napi::CallbackInfo& info);

  bool IsUsable(Args& args) const;
  // These return a count, or -1 with errno, as a system call does.
  int64_t Decrypt(std::span<uint8_t> room);
  int64_t Encrypt(std::span<const uint8_t> bytes, int flags);
  int64_t EncryptFile(int fd, off_t position, size_t count);
  int64_t FailureOf(int result);
  bool SendUnsent(int flags);
  void KeepUnsent(std::span<const uint8_t> bytes);

  std::shared_ptr<Context> context_;
  UniqueSsl ssl_;
  int fd_ = -1;
  // Ciphertext that OpenSSL has yet to take, in the thread's buffer: none is left when a call returns.
  std::span<const uint8_t> received_;
  // How much OnRead() may still receive in this call.
  size_t budget_ = 0;
  // KeyUpdates of the client in this call.
  int key_updates_ = 0;
  // Ciphertext that the socket did not take.
  std::vector<uint8_t> unsent_;
  // The last byte of plaintext is encrypted in unsent_, but the caller does not count it as sent yet.
  bool withholds_ = false;
  bool is_drained_ = true;
  bool is_at_end_ = false;
  bool has_received_ = false;
  HelloBound hello_bound_;
  // The errno of a call that failed, or EPROTO after an error of TLS: the session can do nothing more.
  int error_ = 0;
  const char* reason_ = nullptr;
};

}  // namespace epoll_reactor
