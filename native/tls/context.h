// The settings of a TLS server (SSL_CTX): certificates, versions, ticket keys, and the contexts of other names.
#pragma once

#include <napi.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace epoll_reactor {

// The key of session tickets: its public name, then the two secrets (RFC 5077 §4).
struct TicketKey {
  std::array<uint8_t, 16> name;
  std::array<uint8_t, 32> mac;
  std::array<uint8_t, 32> cipher;
};

// A session shares its context, so a context that JavaScript has replaced lives until its last session ends.
struct Context {
  // Owns `ctx` from now on.
  explicit Context(SSL_CTX* ctx);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  SSL_CTX* const ssl_ctx;
  // The protocols of ALPN in order of preference, each after its length (RFC 7301 §3.1).
  std::string alpn;
  // The context of each name: "www.example.com", or "*.example.com" for all names with one more label. Null stands for
  // this context itself, which must not keep itself alive.
  std::unordered_map<std::string, std::shared_ptr<Context>> names;
  // The first key seals new tickets. Each key opens tickets.
  std::vector<TicketKey> ticket_keys;
};

class TlsContext : public Napi::ObjectWrap<TlsContext> {
 public:
  explicit TlsContext(const Napi::CallbackInfo& info);
  static Napi::Function Class(Napi::Env env);
  // Throws, and returns null, if the value is not a TlsContext.
  static std::shared_ptr<Context> From(Napi::Value value);

 private:
  void AddCertificate(const Napi::CallbackInfo& info);
  void AddName(const Napi::CallbackInfo& info);
  void SetTicketKeys(const Napi::CallbackInfo& info);

  std::shared_ptr<Context> context_;
};

// Throws OpenSSL's last error. The message begins with `what`. Empties OpenSSL's error queue.
void ThrowOpenSslError(Napi::Env env, const char* what);

}  // namespace epoll_reactor
