#include "context.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "args.h"
#include "unique.h"

namespace epoll_reactor {

namespace {

// Marks the objects of TlsContext. Any number will do.
constexpr napi_type_tag kContextTag = {0x9b1f6a0c5d2e4873, 0xb6e0417a2c8d935f};

// The post-quantum group that OpenSSL has since 3.5, then the elliptic curves. OpenSSL's own list also has the
// finite-field groups of RFC 7919: with ffdhe8192 a client that computes nothing costs the server 98 ms (x25519: 2 ms).
constexpr const char* kGroups = "X25519MLKEM768:X25519:P-256:X448:P-384:P-521";
constexpr const char* kGroupsBefore35 = "X25519:P-256:X448:P-384:P-521";

bool SetGroups(SSL_CTX* ctx) {
  if (SSL_CTX_set1_groups_list(ctx, kGroups) == 1) return true;
  ERR_clear_error();
  return SSL_CTX_set1_groups_list(ctx, kGroupsBefore35) == 1;
}

// Without this callback OpenSSL would ask for a passphrase at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

// "*.example.com" for "www.example.com".
std::string WildcardOf(const std::string& name) {
  const size_t dot = name.find('.');
  std::string wildcard = dot == std::string::npos ? "" : name.substr(dot);
  wildcard.insert(wildcard.begin(), '*');
  return wildcard;
}

// Chooses the certificate by the name that the client asks for (RFC 6066 §3). If no certificate has the name, the
// server sends the first one, and the client decides.
int ChooseName(SSL* ssl, int*, void* argument) {
  const auto* context = static_cast<const Context*>(argument);
  const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
  std::string name(asked);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  auto found = context->names.find(name);
  if (found == context->names.end()) found = context->names.find(WildcardOf(name));
  if (found == context->names.end()) return SSL_TLSEXT_ERR_NOACK;
  if (found->second == nullptr) return SSL_TLSEXT_ERR_OK;
  return SSL_set_SSL_CTX(ssl, found->second->ssl_ctx) == nullptr ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
}

int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                   unsigned int offered_length, void* argument) {
  const std::string& ours = static_cast<const Context*>(argument)->alpn;
  const int result =
      SSL_select_next_proto(const_cast<unsigned char**>(out), out_length, reinterpret_cast<const uint8_t*>(ours.data()),
                            static_cast<unsigned>(ours.size()), offered, offered_length);
  // "the server SHALL respond with a fatal no_application_protocol alert" (RFC 7301 §3.2)
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3). Returns 1; 2 to open a ticket and renew it; 0 for a full handshake.
int SealOrOpenTicket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                     int seals) {
  const auto* context = static_cast<const Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const std::vector<TicketKey>& keys = context->ticket_keys;
  const auto key = seals != 0 ? keys.begin() : std::ranges::find_if(keys, [&](const TicketKey& each) {
    return std::memcmp(each.name.data(), name, each.name.size()) == 0;
  });
  if (key == keys.end()) return 0;
  if (seals != 0) {
    std::memcpy(name, key->name.data(), key->name.size());
    if (RAND_bytes(iv, 16) != 1) return -1;
  }
  std::array<char, 7> digest{"SHA256"};
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<uint8_t*>(key->mac.data()), key->mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(mac, parameters.data()) != 1) return -1;
  if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv, seals) != 1) return -1;
  if (seals != 0) return 1;
  // A client uses a ticket of TLS 1.3 once (RFC 8446 §C.4): without a new one, its next handshake would be a full one.
  return key == keys.begin() && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2;
}

UniqueBio BioOver(std::span<const uint8_t> bytes) {
  return UniqueBio(BIO_new_mem_buf(bytes.data(), static_cast<int>(std::min(bytes.size(), size_t{INT32_MAX}))));
}

// Calls `use` with each certificate of a PEM text. Fails if the text has no certificate, or one that cannot be read.
template <typename Use>
bool EachCertificate(std::span<const uint8_t> pem, Use use) {
  const UniqueBio bio = BioOver(pem);
  size_t count = 0;
  for (;; count++) {
    const UniqueX509 certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
    if (certificate == nullptr) break;
    if (!use(certificate.get(), count)) return false;
  }
  // At the end of the text OpenSSL reports that the first line of a certificate is missing.
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (is_end && count > 0) ERR_clear_error();
  return is_end && count > 0;
}

}  // namespace

Context::Context(SSL_CTX* ctx) : ssl_ctx(ctx) {
  SSL_CTX_set_app_data(ssl_ctx, this);
  SSL_CTX_set_options(ssl_ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  // An idle session frees its buffers of 34 KiB.
  SSL_CTX_set_mode(ssl_ctx, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(ssl_ctx, SSL_SESS_CACHE_OFF);  // a ticket holds the session
  SSL_CTX_set_tlsext_servername_callback(ssl_ctx, ChooseName);
  SSL_CTX_set_tlsext_servername_arg(ssl_ctx, this);
  SSL_CTX_set_alpn_select_cb(ssl_ctx, ChooseProtocol, this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl_ctx, SealOrOpenTicket);
}

Context::~Context() {
  SSL_CTX_free(ssl_ctx);
  OPENSSL_cleanse(ticket_keys.data(), ticket_keys.size() * sizeof(TicketKey));
}

TlsContext::TlsContext(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  Args args(info);
  const int version_min = args.Int("versionMin");
  const std::string ciphers = args.String("ciphers");
  const std::string ciphersuites = args.String("ciphersuites");
  const std::string alpn = args.String("alpn");
  const int verify_mode = args.Int("verifyMode");
  const std::optional<std::span<uint8_t>> client_ca = args.BytesOrNull("clientCa");
  const std::span<uint8_t> session_id_context = args.Bytes("sessionIdContext");
  if (!args.ok()) return;
  napi_type_tag_object(info.Env(), info.This(), &kContextTag);
  ERR_clear_error();
  SSL_CTX* ctx = SSL_CTX_new(TLS_server_method());
  if (ctx == nullptr) {
    ThrowOpenSslError(info.Env(), "context");
    return;
  }
  context_ = std::make_shared<Context>(ctx);
  context_->alpn = alpn;
  SSL_CTX_set_verify(ctx, verify_mode, nullptr);
  const auto trust = [ctx](X509* ca, size_t) {
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca) == 1 && SSL_CTX_add_client_CA(ctx, ca) == 1;
  };
  if (SSL_CTX_set_min_proto_version(ctx, version_min) != 1) {
    ThrowOpenSslError(info.Env(), "minVersion");
  } else if (SSL_CTX_set_cipher_list(ctx, ciphers.c_str()) != 1) {
    ThrowOpenSslError(info.Env(), "ciphers");
  } else if (!SetGroups(ctx)) {
    ThrowOpenSslError(info.Env(), "groups");
  } else if (SSL_CTX_set_ciphersuites(ctx, ciphersuites.c_str()) != 1) {
    ThrowOpenSslError(info.Env(), "ciphersuites");
  } else if (SSL_CTX_set_session_id_context(ctx, session_id_context.data(),
                                            static_cast<unsigned>(session_id_context.size())) != 1) {
    ThrowOpenSslError(info.Env(), "sessionIdContext");
  } else if (client_ca.has_value() && !EachCertificate(*client_ca, trust)) {
    ThrowOpenSslError(info.Env(), "clientCa");
  }
}

// The leaf first, then the certificates between it and the root.
void TlsContext::AddCertificate(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::span<uint8_t> cert = args.Bytes("cert");
  const std::span<uint8_t> key = args.Bytes("key");
  if (!args.ok()) return;
  ERR_clear_error();
  SSL_CTX* ctx = context_->ssl_ctx;
  const bool is_read = EachCertificate(cert, [ctx](X509* certificate, size_t index) {
    return index == 0 ? SSL_CTX_use_certificate(ctx, certificate) == 1 : SSL_CTX_add1_chain_cert(ctx, certificate) == 1;
  });
  if (!is_read) return ThrowOpenSslError(info.Env(), "cert");
  const UniquePkey pkey(PEM_read_bio_PrivateKey(BioOver(key).get(), nullptr, NoPassphrase, nullptr));
  // SSL_CTX_use_PrivateKey() compares keys of one kind, and takes a key of another kind.
  if (pkey == nullptr || X509_check_private_key(SSL_CTX_get0_certificate(ctx), pkey.get()) != 1 ||
      SSL_CTX_use_PrivateKey(ctx, pkey.get()) != 1)
    ThrowOpenSslError(info.Env(), "key");
}

void TlsContext::AddName(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::string name = args.String("name");
  if (!args.ok()) return;
  std::shared_ptr<Context> other = From(info[1]);
  if (other == context_)
    other.reset();
  else if (other == nullptr)
    return;
  context_->names.insert_or_assign(name, std::move(other));
}

std::shared_ptr<Context> TlsContext::From(Napi::Value value) {
  bool is_context = false;
  if (value.IsObject()) napi_check_object_type_tag(value.Env(), value, &kContextTag, &is_context);
  if (is_context) return Unwrap(value.As<Napi::Object>())->context_;
  Napi::TypeError::New(value.Env(), "context: expected a TlsContext").ThrowAsJavaScriptException();
  return nullptr;
}

void TlsContext::SetTicketKeys(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::span<uint8_t> bytes = args.Bytes("keys");
  if (bytes.size() % sizeof(TicketKey) != 0) args.FailRange("keys: expected a multiple of 80 bytes");
  if (!args.ok()) return;
  std::vector<TicketKey> keys(bytes.size() / sizeof(TicketKey));
  std::memcpy(keys.data(), bytes.data(), bytes.size());
  std::vector<TicketKey>& before = context_->ticket_keys;
  before.swap(keys);
  OPENSSL_cleanse(keys.data(), keys.size() * sizeof(TicketKey));
}

Napi::Function TlsContext::Class(Napi::Env env) {
  return DefineClass(
      env, "TlsContext",
      {InstanceMethod<&TlsContext::AddCertificate>("addCertificate"), InstanceMethod<&TlsContext::AddName>("addName"),
       InstanceMethod<&TlsContext::SetTicketKeys>("setTicketKeys")});
}

void ThrowOpenSslError(Napi::Env env, const char* what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  const std::string message = std::string(what) + ": " + (reason == nullptr ? "refused by OpenSSL" : reason);
  Napi::Error::New(env, message).ThrowAsJavaScriptException();
}

}  // namespace epoll_reactor
