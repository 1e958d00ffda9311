#include "session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "families.h"

namespace epoll_reactor {

namespace {

// A record of 2^14 bytes of plaintext, its header, and the most that TLS 1.2 may add (RFC 5246 §6.2.3).
constexpr size_t kRecordBytesMax = 5 + 16384 + 2048;
// Bounds of one call. A client that sends many small records must leave time for others, and a file is encrypted while
// it is in the processor's caches.
constexpr size_t kReceiveBytesMax = 64 * 1024;
constexpr size_t kPlainBytesMax = 64 * 1024;
// The ciphertext of kPlainBytesMax, and a few messages of the handshake or alerts.
constexpr size_t kSendBytesMax = kPlainBytesMax + 4 * 1024;
// Cuts a client that asks for new keys again and again and reads nothing.
constexpr size_t kUnsentBytesMax = 256 * 1024;
// Key updates in one call. Each costs 30 µs and 27 bytes, so a call could take 70 ms; OpenSSL has no bound.
constexpr int kKeyUpdatesMax = 16;
constexpr size_t kBuffersMax = 64;

// Bits of recv()'s status.
constexpr int32_t kDrained = 1;
constexpr int32_t kEstablished = 2;

constexpr Constant kConstants[] = {
    {"RECORD_BYTES_MAX", kRecordBytesMax}, {"STATUS_DRAINED", kDrained},
    {"STATUS_ESTABLISHED", kEstablished},  {"TLS1_2_VERSION", TLS1_2_VERSION},
    {"TLS1_3_VERSION", TLS1_3_VERSION},    {"SSL_VERIFY_NONE", SSL_VERIFY_NONE},
    {"SSL_VERIFY_PEER", SSL_VERIFY_PEER},  {"SSL_VERIFY_FAIL_IF_NO_PEER_CERT", SSL_VERIFY_FAIL_IF_NO_PEER_CERT},
};

// The buffers of a thread, empty between two calls.
struct Buffers {
  std::array<uint8_t, kReceiveBytesMax> received;
  std::array<uint8_t, kSendBytesMax> to_send;
  std::array<uint8_t, kPlainBytesMax> plain;
  size_t to_send_length = 0;
};
thread_local Buffers buffers;

TlsSession* SessionOf(BIO* bio) { return static_cast<TlsSession*>(BIO_get_data(bio)); }

int ReadBio(BIO* bio, char* out, int length) {
  BIO_clear_retry_flags(bio);
  const int n = SessionOf(bio)->OnRead(out, length);
  if (n < 0) BIO_set_retry_read(bio);
  return n;
}

int WriteBio(BIO* bio, const char* bytes, int length) {
  BIO_clear_retry_flags(bio);
  return SessionOf(bio)->OnWrite(bytes, length);
}

long ControlBio(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

// The random value that marks a HelloRetryRequest (RFC 8446 §4.1.3). It follows type, length and version.
constexpr std::array<uint8_t, 32> kRetryRandom{0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
                                               0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
                                               0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};
constexpr size_t kRandomAt = 6;

bool IsHelloRetryRequest(std::span<const uint8_t> message) {
  return message[0] == SSL3_MT_SERVER_HELLO && message.size() >= kRandomAt + kRetryRandom.size() &&
         std::ranges::equal(message.subspan(kRandomAt, kRetryRandom.size()), kRetryRandom);
}

// SSL_CTX_set_msg_callback(3): called for each message and each record.
void OnMessage(int is_sent, int, int type, const void* bytes, size_t length, SSL*, void* session) {
  if (type != SSL3_RT_HANDSHAKE || length == 0) return;
  const std::span message(static_cast<const uint8_t*>(bytes), length);
  if (is_sent == 0 && message[0] == SSL3_MT_KEY_UPDATE) static_cast<TlsSession*>(session)->OnKeyUpdate();
  if (is_sent != 0 && IsHelloRetryRequest(message)) static_cast<TlsSession*>(session)->OnHelloRetryRequest();
}

BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of epoll-reactor");
    BIO_meth_set_read(made, ReadBio);
    BIO_meth_set_write(made, WriteBio);
    BIO_meth_set_ctrl(made, ControlBio);
    return made;
  }();
  return method;
}

int64_t Fail(int error) {
  errno = error;
  return -1;
}

Napi::Value TextOrUndefined(Napi::Env env, const char* text) {
  return text == nullptr ? env.Undefined() : Napi::String::New(env, text);
}

}  // namespace

TlsSession::TlsSession(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  Args args(info);
  const int fd = args.Int("fd");
  if (!args.ok()) return;
  context_ = TlsContext::From(info[1]);
  if (context_ == nullptr) return;
  fd_ = fd;
  ERR_clear_error();
  ssl_.reset(SSL_new(context_->ssl_ctx));
  BIO* bio = ssl_ == nullptr ? nullptr : BIO_new(SocketMethod());
  if (bio == nullptr) {
    ThrowOpenSslError(info.Env(), "session");
    return;
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_msg_callback(ssl_.get(), OnMessage);
  SSL_set_msg_callback_arg(ssl_.get(), this);
  SSL_set_accept_state(ssl_.get());
}

int TlsSession::OnRead(char* out, int length) {
  if (error_ != 0) return -1;
  if (received_.empty()) {
    if (budget_ == 0) return -1;
    const size_t asked = std::min(budget_, buffers.received.size());
    budget_ = 0;
    const ssize_t n = ::syscall(SYS_recvfrom, fd_, buffers.received.data(), asked, 0, nullptr, nullptr);
    is_drained_ = n < static_cast<ssize_t>(asked);
    is_at_end_ = n == 0;
    if (n == 0) return 0;
    if (n < 0) {
      if (errno != EAGAIN) error_ = errno;
      return -1;
    }
    received_ = std::span(buffers.received).first(static_cast<size_t>(n));
    // No record of TLS begins with a letter, and every request of HTTP does.
    if (!has_received_ && received_[0] >= 'A' && received_[0] <= 'Z') {
      error_ = EPROTO;
      reason_ = "plain HTTP request";
      return -1;
    }
    has_received_ = true;
  }
  const size_t count = std::min(received_.size(), static_cast<size_t>(length));
  std::memcpy(out, received_.data(), count);
  if (hello_bound_.IsExceeded(received_.first(count))) {
    error_ = EPROTO;
    reason_ = "ClientHello too long";
    return -1;
  }
  received_ = received_.subspan(count);
  return static_cast<int>(count);
}

void TlsSession::OnKeyUpdate() {
  if (++key_updates_ <= kKeyUpdatesMax) return;
  error_ = EPROTO;
  reason_ = "too many key updates";
}

// Takes all bytes, so SSL_write(3) never has to be repeated.
int TlsSession::OnWrite(const char* bytes, int length) {
  const std::span added(reinterpret_cast<const uint8_t*>(bytes), static_cast<size_t>(length));
  if (!unsent_.empty() || buffers.to_send_length + added.size() > buffers.to_send.size()) {
    KeepUnsent(std::span(buffers.to_send).first(buffers.to_send_length));
    buffers.to_send_length = 0;
    KeepUnsent(added);
    if (error_ != 0) return -1;
  } else {
    std::ranges::copy(added, buffers.to_send.begin() + static_cast<ptrdiff_t>(buffers.to_send_length));
    buffers.to_send_length += added.size();
  }
  return length;
}

void TlsSession::KeepUnsent(std::span<const uint8_t> bytes) {
  if (unsent_.size() + bytes.size() > kUnsentBytesMax)
    error_ = ENOBUFS;
  else
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
}

// Sends unsent_, or else the thread's buffer, and keeps the bytes that the socket does not take. True: all are sent.
bool TlsSession::SendUnsent(int flags) {
  const std::span<const uint8_t> fresh = std::span(buffers.to_send).first(std::exchange(buffers.to_send_length, 0));
  const std::span<const uint8_t> bytes = unsent_.empty() ? fresh : std::span<const uint8_t>(unsent_);
  if (bytes.empty()) return true;
  const ssize_t n = ::syscall(SYS_sendto, fd_, bytes.data(), bytes.size(), flags, nullptr, 0);
  if (n < 0 && errno != EAGAIN) error_ = errno;
  const size_t sent = n < 0 ? 0 : static_cast<size_t>(n);
  if (!unsent_.empty()) {
    if (sent == unsent_.size())
      std::vector<uint8_t>().swap(unsent_);
    else
      unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<ptrdiff_t>(sent));
  } else if (sent < bytes.size()) {
    KeepUnsent(bytes.subspan(sent));
  }
  return unsent_.empty();
}

// The result of a call that returned no bytes: 0 after close_notify, or -1 with errno. Empties OpenSSL's error queue,
// which belongs to the thread: node:crypto and node:tls would take an error in it for their own.
int64_t TlsSession::FailureOf(int result) {
  const int kind = SSL_get_error(ssl_.get(), result);
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (error_ != 0) return Fail(error_);
  if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return Fail(EAGAIN);
  if (kind == SSL_ERROR_ZERO_RETURN) return 0;
  // The stream has ended without close_notify: an attacker may have cut it (RFC 8446 §6.1).
  error_ = is_at_end_ ? ECONNRESET : EPROTO;
  reason_ = is_at_end_ ? "unexpected end" : reason;
  return Fail(error_);
}

int64_t TlsSession::Decrypt(std::span<uint8_t> room) {
  // All bytes received in this call must fit when they are decrypted, also after a record of which OpenSSL already has
  // a part: the kernel would not report bytes that are left in OpenSSL.
  budget_ = room.size() - kRecordBytesMax;
  key_updates_ = 0;
  size_t total = 0;
  int64_t failure = 0;
  for (;;) {
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), room.data() + total, static_cast<int>(room.size() - total));
    if (n <= 0) {
      failure = FailureOf(n);
      break;
    }
    total += static_cast<size_t>(n);
    if (received_.empty() && SSL_pending(ssl_.get()) == 0) break;
  }
  const int error = errno;
  received_ = {};
  budget_ = 0;
  // OpenSSL has written messages of the handshake, tickets, key updates, or alerts.
  const bool is_sent = SendUnsent(MSG_NOSIGNAL);
  // The caller does not wait for writability during the handshake, because a new socket has room for all of it.
  if (!is_sent && SSL_is_init_finished(ssl_.get()) == 0) error_ = ENOBUFS;
  if (total == 0) return failure == 0 ? 0 : Fail(error_ != 0 ? error_ : error);
  // The end came with the last bytes. After shutdown(2) the kernel reports it again, for the next call.
  const bool is_over = failure == 0 ? (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0 : error != EAGAIN;
  if (is_over) ::shutdown(fd_, SHUT_RD);
  return static_cast<int64_t>(total);
}

// Counts a byte as sent when the kernel has its whole record. Otherwise the result is one byte too small, and the
// caller sends that byte again when the socket is writable.
int64_t TlsSession::Encrypt(std::span<const uint8_t> bytes, int flags) {
  if (!unsent_.empty() && !SendUnsent(flags)) return Fail(error_ != 0 ? error_ : EAGAIN);
  const size_t skipped = std::exchange(withholds_, false) ? 1 : 0;
  const std::span<const uint8_t> fresh = bytes.subspan(std::min(skipped, bytes.size()));
  const std::span<const uint8_t> taken = fresh.first(std::min(fresh.size(), kPlainBytesMax));
  if (taken.empty()) return static_cast<int64_t>(skipped);
  ERR_clear_error();
  const int n = SSL_write(ssl_.get(), taken.data(), static_cast<int>(taken.size()));
  if (n <= 0) {
    buffers.to_send_length = 0;  // drops the records of a broken session
    FailureOf(n);
    return Fail(error_ != 0 ? error_ : EPROTO);
  }
  withholds_ = !SendUnsent(flags);
  if (error_ != 0) return Fail(error_);
  const size_t sent = skipped + taken.size() - (withholds_ ? 1 : 0);
  return sent == 0 ? Fail(EAGAIN) : static_cast<int64_t>(sent);
}

// sendfile(2) cannot encrypt.
int64_t TlsSession::EncryptFile(int fd, off_t position, size_t count) {
  size_t total = 0;
  while (total < count) {
    const size_t asked = std::min(count - total, buffers.plain.size());
    const ssize_t read = ::pread(fd, buffers.plain.data(), asked, position + static_cast<off_t>(total));
    if (read <= 0) return total > 0 ? static_cast<int64_t>(total) : read;
    const auto length = static_cast<size_t>(read);
    const int64_t sent = Encrypt(std::span(buffers.plain).first(length), MSG_NOSIGNAL);
    if (sent < 0) return total > 0 && errno == EAGAIN ? static_cast<int64_t>(total) : sent;
    total += static_cast<size_t>(sent);
    if (withholds_ || length < asked) break;
  }
  return static_cast<int64_t>(total);
}

bool TlsSession::IsUsable(Args& args) const {
  if (ssl_ == nullptr) args.FailRange("the session is closed");
  return args.ok();
}

Napi::Value TlsSession::Recv(const Napi::CallbackInfo& info) {
  Args args(info);
  std::span<uint8_t> room = args.Bytes("buffer");
  const size_t offset = args.Count("offset", room.size(), "the length of the buffer");
  const std::span<int32_t> status = args.Int32s("status", 1);
  if (!IsUsable(args)) return {};
  room = room.subspan(offset);
  if (room.size() <= kRecordBytesMax) {
    args.FailRange("buffer: expected more room than RECORD_BYTES_MAX");
    return {};
  }
  const int64_t n = error_ != 0 ? Fail(error_) : Decrypt(room);
  status[0] = (is_drained_ ? kDrained : 0) | (SSL_is_init_finished(ssl_.get()) == 1 ? kEstablished : 0);
  return args.Result(n);
}

Napi::Value TlsSession::Send(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::span<uint8_t> bytes = args.Bytes("buffer");
  const size_t offset = args.Count("offset", bytes.size(), "the length of the buffer");
  const int flags = args.Int("flags");
  if (!IsUsable(args)) return {};
  if (SSL_is_init_finished(ssl_.get()) == 0) return args.Result(Fail(ENOTCONN));
  return args.Result(error_ != 0 ? Fail(error_) : Encrypt(bytes.subspan(offset), flags));
}

Napi::Value TlsSession::Writev(const Napi::CallbackInfo& info) {
  Args args(info);
  std::array<iovec, kBuffersMax> storage;
  const std::span<iovec> pieces = args.Buffers("buffers", storage);
  size_t skipped = args.Count("firstOffset", pieces.empty() ? 0 : pieces[0].iov_len, "the length of the first buffer");
  if (!IsUsable(args)) return {};
  if (SSL_is_init_finished(ssl_.get()) == 0) return args.Result(Fail(ENOTCONN));
  // One buffer makes as few records as possible.
  size_t length = 0;
  for (const iovec& piece : pieces) {
    const size_t count = std::min(piece.iov_len - skipped, buffers.plain.size() - length);
    std::memcpy(buffers.plain.data() + length, static_cast<uint8_t*>(piece.iov_base) + skipped, count);
    length += count;
    skipped = 0;
  }
  return args.Result(error_ != 0 ? Fail(error_) : Encrypt(std::span(buffers.plain).first(length), MSG_NOSIGNAL));
}

Napi::Value TlsSession::Sendfile(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("inFd");
  const off_t position = args.Size("position");
  const auto count = static_cast<size_t>(args.Size("count"));
  if (!IsUsable(args)) return {};
  if (SSL_is_init_finished(ssl_.get()) == 0) return args.Result(Fail(ENOTCONN));
  return args.Result(error_ != 0 ? Fail(error_) : EncryptFile(fd, position, count));
}

// SSL_has_pending(3) does not count the header of a record if nothing after it has come.
Napi::Value TlsSession::HasPartialRecord(const Napi::CallbackInfo& info) {
  const SSL* ssl = ssl_.get();
  const bool is_partial =
      ssl != nullptr && (SSL_has_pending(ssl) == 1 || std::string_view(SSL_rstate_string(ssl)) == "RB");
  return Napi::Boolean::New(info.Env(), is_partial);
}

Napi::Value TlsSession::Details(const Napi::CallbackInfo& info) {
  Args args(info);
  if (!IsUsable(args)) return {};
  const Napi::Env env = info.Env();
  const SSL* ssl = ssl_.get();
  Napi::Object details = Napi::Object::New(env);
  details["protocol"] = Napi::String::New(env, SSL_get_version(ssl));
  details["cipher"] = TextOrUndefined(env, SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)));
  details["serverName"] = TextOrUndefined(env, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
  details["isResumed"] = Napi::Boolean::New(env, SSL_session_reused(ssl) == 1);
  const UniqueX509 client(SSL_get1_peer_certificate(ssl));
  unsigned char* der = nullptr;
  const int der_length = client == nullptr ? 0 : i2d_X509(client.get(), &der);
  if (der_length > 0)
    details["clientCertificate"] = Napi::Buffer<uint8_t>::Copy(env, der, static_cast<size_t>(der_length));
  OPENSSL_free(der);
  return details;
}

Napi::Value TlsSession::Failure(const Napi::CallbackInfo& info) { return TextOrUndefined(info.Env(), reason_); }

Napi::Value TlsSession::Shutdown(const Napi::CallbackInfo& info) {
  Args args(info);
  if (!IsUsable(args)) return {};
  if (error_ != 0) return args.Result(Fail(error_));
  if (SSL_is_init_finished(ssl_.get()) == 0) return args.Result(Fail(ENOTCONN));
  ERR_clear_error();
  // A second SSL_shutdown(3) would read instead of sending.
  if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  const bool is_sent = SendUnsent(MSG_NOSIGNAL);
  return args.Result(is_sent ? 0 : Fail(error_ != 0 ? error_ : EAGAIN));
}

void TlsSession::Free(const Napi::CallbackInfo&) {
  ssl_.reset();
  context_.reset();
  std::vector<uint8_t>().swap(unsent_);
  fd_ = -1;  // the caller closes it next, and another connection may get its number
}

Napi::Function TlsSession::Class(Napi::Env env) {
  return DefineClass(env, "TlsSession",
                     {InstanceMethod<&TlsSession::Recv>("recv"), InstanceMethod<&TlsSession::Send>("send"),
                      InstanceMethod<&TlsSession::Writev>("writev"), InstanceMethod<&TlsSession::Sendfile>("sendfile"),
                      InstanceMethod<&TlsSession::HasPartialRecord>("hasPartialRecord"),
                      InstanceMethod<&TlsSession::Details>("details"), InstanceMethod<&TlsSession::Failure>("failure"),
                      InstanceMethod<&TlsSession::Shutdown>("shutdown"), InstanceMethod<&TlsSession::Free>("free")});
}

void TlsSession::DefineConstants(Napi::Env env, Napi::Object constants) { Define(env, constants, kConstants); }

}  // namespace epoll_reactor
