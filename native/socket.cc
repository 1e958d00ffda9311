// socket(7): sockets, their names and options. An address is the bytes of a sockaddr.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

constexpr Constant kConstants[] = {
    {"AF_INET", AF_INET},
    {"AF_INET6", AF_INET6},
    {"AF_UNIX", AF_UNIX},
    {"SOCK_STREAM", SOCK_STREAM},
    {"SOCK_DGRAM", SOCK_DGRAM},
    {"SOCK_NONBLOCK", SOCK_NONBLOCK},
    {"SOCK_CLOEXEC", SOCK_CLOEXEC},
    {"SOL_SOCKET", SOL_SOCKET},
    {"SO_REUSEADDR", SO_REUSEADDR},
    {"SO_REUSEPORT", SO_REUSEPORT},
    {"SO_ERROR", SO_ERROR},
    {"SO_LINGER", SO_LINGER},
    {"SO_SNDBUF", SO_SNDBUF},
    {"SO_RCVBUF", SO_RCVBUF},
    {"SO_TYPE", SO_TYPE},
    {"SO_ACCEPTCONN", SO_ACCEPTCONN},
    {"SO_KEEPALIVE", SO_KEEPALIVE},
    {"IPPROTO_TCP", IPPROTO_TCP},
    {"TCP_NODELAY", TCP_NODELAY},
    {"TCP_CORK", TCP_CORK},
    {"TCP_DEFER_ACCEPT", TCP_DEFER_ACCEPT},
    {"TCP_KEEPIDLE", TCP_KEEPIDLE},
    {"TCP_KEEPINTVL", TCP_KEEPINTVL},
    {"TCP_KEEPCNT", TCP_KEEPCNT},
    {"TCP_USER_TIMEOUT", TCP_USER_TIMEOUT},
    {"IPPROTO_IPV6", IPPROTO_IPV6},
    {"IPV6_V6ONLY", IPV6_V6ONLY},
    {"SOMAXCONN", SOMAXCONN},
    {"SHUT_RD", SHUT_RD},
    {"SHUT_WR", SHUT_WR},
    {"SHUT_RDWR", SHUT_RDWR},
};

// The kernel refuses more than a sockaddr_storage (EINVAL). The length is cut, so that 4 GiB and 16 bytes do not become
// 16 bytes.
socklen_t AddressLength(std::span<const uint8_t> address) {
  return static_cast<socklen_t>(std::min(address.size(), size_t{INT_MAX}));
}

sockaddr* Sockaddr(std::span<uint8_t> address) { return reinterpret_cast<sockaddr*>(address.data()); }

Napi::Value Socket(const Napi::CallbackInfo& info) {
  Args args(info);
  const int domain = args.Int("domain");
  const int type = args.Int("type");
  const int protocol = args.Int("protocol");
  if (!args.ok()) return {};
  return args.Result(::socket(domain, type, protocol));
}

Napi::Value Socketpair(const Napi::CallbackInfo& info) {
  Args args(info);
  const int domain = args.Int("domain");
  const int type = args.Int("type");
  const int protocol = args.Int("protocol");
  const std::span<int32_t> fds = args.Int32s("fds", 2);
  if (!args.ok()) return {};
  return args.Result(::socketpair(domain, type, protocol, fds.data()));
}

Napi::Value Bind(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> address = args.Bytes("address");
  if (!args.ok()) return {};
  return args.Result(::bind(fd, Sockaddr(address), AddressLength(address)));
}

Napi::Value Listen(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const int backlog = args.Int("backlog");
  if (!args.ok()) return {};
  return args.Result(::listen(fd, backlog));
}

Napi::Value Accept4(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::optional<std::span<uint8_t>> address = args.BytesOrNull("address");
  const int flags = args.Int("flags");
  if (!args.ok()) return {};
  if (!address) return args.Result(::accept4(fd, nullptr, nullptr, flags));
  // Zeroed and copied whole: the caller gets no length, and the name of the client before must not remain for a client
  // without one.
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  const int connection = ::accept4(fd, reinterpret_cast<sockaddr*>(&peer), &length, flags);
  if (connection >= 0 && !address->empty()) {
    std::memcpy(address->data(), &peer, std::min(address->size(), sizeof peer));
  }
  return args.Result(connection);
}

Napi::Value Connect(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> address = args.Bytes("address");
  if (!args.ok()) return {};
  return args.Result(::connect(fd, Sockaddr(address), AddressLength(address)));
}

Napi::Value Shutdown(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const int how = args.Int("how");
  if (!args.ok()) return {};
  return args.Result(::shutdown(fd, how));
}

Napi::Value Setsockopt(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const int level = args.Int("level");
  const int name = args.Int("name");
  const int value = args.Int("value");
  if (!args.ok()) return {};
  // The only option that is not an int. The value is its seconds; a negative value switches lingering off.
  if (level == SOL_SOCKET && name == SO_LINGER) {
    const linger option{.l_onoff = value >= 0 ? 1 : 0, .l_linger = std::max(value, 0)};
    return args.Result(::setsockopt(fd, level, name, &option, sizeof option));
  }
  return args.Result(::setsockopt(fd, level, name, &value, sizeof value));
}

Napi::Value Getsockopt(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const int level = args.Int("level");
  const int name = args.Int("name");
  if (!args.ok()) return {};
  int value = 0;
  socklen_t length = sizeof value;
  int status = ::getsockopt(fd, level, name, &value, &length);
  // A negative value (SO_PEEK_OFF has one) would look like an error number.
  if (status == 0 && value < 0) {
    errno = EOVERFLOW;
    status = -1;
  }
  return args.Result(status < 0 ? status : value);
}

using Name = int (*)(int fd, sockaddr* address, socklen_t* length);

template <Name Call>
Napi::Value CopyName(const Napi::CallbackInfo& info) {
  Args args(info);
  const int fd = args.Int("fd");
  const std::span<uint8_t> address = args.Bytes("address");
  if (!args.ok()) return {};
  socklen_t length = AddressLength(address);
  const int status = Call(fd, Sockaddr(address), &length);
  return args.Result(status < 0 ? status : int64_t{length});
}

int GetsocknameCall(int fd, sockaddr* address, socklen_t* length) { return ::getsockname(fd, address, length); }
int GetpeernameCall(int fd, sockaddr* address, socklen_t* length) { return ::getpeername(fd, address, length); }

// Bytes of an address of `family`; 0 if inet_pton(3) does not know the family.
size_t AddressBytes(int family) {
  switch (family) {
    case AF_INET:
      return sizeof(in_addr);
    case AF_INET6:
      return sizeof(in6_addr);
    default:
      return 0;
  }
}

std::span<uint8_t> AddressOf(Args& args, int family) {
  const std::span<uint8_t> bytes = args.Bytes("bytes");
  if (args.ok() && bytes.size() < AddressBytes(family)) {
    args.FailRange("bytes: expected at least " + std::to_string(AddressBytes(family)) + " bytes, got " +
                   std::to_string(bytes.size()));
  }
  return bytes;
}

Napi::Value InetPton(const Napi::CallbackInfo& info) {
  Args args(info);
  const int family = args.Int("family");
  const std::string text = args.String("text");
  const std::span<uint8_t> bytes = AddressOf(args, family);
  if (!args.ok()) return {};
  return args.Result(::inet_pton(family, text.c_str(), bytes.data()));
}

Napi::Value InetNtop(const Napi::CallbackInfo& info) {
  Args args(info);
  const int family = args.Int("family");
  const std::span<uint8_t> bytes = AddressOf(args, family);
  // The result is a string, so -EAFNOSUPPORT cannot be returned.
  if (AddressBytes(family) == 0) args.FailRange("family: expected AF_INET or AF_INET6, got " + std::to_string(family));
  if (!args.ok()) return {};
  char text[INET6_ADDRSTRLEN];
  return Napi::String::New(args.env(), ::inet_ntop(family, bytes.data(), text, sizeof text));
}

}  // namespace

void InitSocket(Napi::Env env, Napi::Object exports, Napi::Object constants) {
  Define(env, constants, kConstants);
  Export<Socket>(env, exports, "socket");
  Export<Socketpair>(env, exports, "socketpair");
  Export<Bind>(env, exports, "bind");
  Export<Listen>(env, exports, "listen");
  Export<Accept4>(env, exports, "accept4");
  Export<Connect>(env, exports, "connect");
  Export<Shutdown>(env, exports, "shutdown");
  Export<Setsockopt>(env, exports, "setsockopt");
  Export<Getsockopt>(env, exports, "getsockopt");
  Export<CopyName<GetsocknameCall>>(env, exports, "getsockname");
  Export<CopyName<GetpeernameCall>>(env, exports, "getpeername");
  Export<InetPton>(env, exports, "inet_pton");
  Export<InetNtop>(env, exports, "inet_ntop");
}

}  // namespace epoll_reactor
