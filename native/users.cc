// Users and groups from all sources of the system: /etc/passwd, LDAP, systemd, as nsswitch.conf(5) says.
#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

#include "args.h"
#include "families.h"

namespace epoll_reactor {

namespace {

constexpr size_t kBufferBytesMax = size_t{1} << 24;  // a group with a million members

// Returns 1 if the entry exists, 0 if not, else -errno. Each call fills a buffer, whose size is not known before.
template <typename Entry, typename Lookup>
int Find(Entry& entry, Lookup lookup) {
  std::vector<char> buffer(4096);
  for (;;) {
    Entry* found = nullptr;
    const int failed = lookup(&entry, buffer.data(), buffer.size(), &found);
    if (failed == EINTR) continue;
    if (failed != ERANGE || buffer.size() >= kBufferBytesMax) return failed != 0 ? -failed : found != nullptr ? 1 : 0;
    buffer.resize(2 * buffer.size());
  }
}

template <typename Lookup>
Napi::Value FindUser(const Args& args, std::span<double> ids, Lookup lookup) {
  passwd entry{};
  const int found = Find(entry, lookup);
  if (found == 1) {
    ids[0] = entry.pw_uid;
    ids[1] = entry.pw_gid;
  }
  errno = -found;
  return args.Result(found);
}

Napi::Value Getpwnam(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::string name = args.String("name");
  const auto ids = args.Doubles("ids", 2);
  if (!args.ok()) return {};
  return FindUser(args, ids, [&](passwd* entry, char* buffer, size_t length, passwd** found) {
    return ::getpwnam_r(name.c_str(), entry, buffer, length, found);
  });
}

Napi::Value Getpwuid(const Napi::CallbackInfo& info) {
  Args args(info);
  const uint32_t uid = args.Uint("uid");
  const auto ids = args.Doubles("ids", 2);
  if (!args.ok()) return {};
  return FindUser(args, ids, [&](passwd* entry, char* buffer, size_t length, passwd** found) {
    return ::getpwuid_r(uid, entry, buffer, length, found);
  });
}

Napi::Value Getgrnam(const Napi::CallbackInfo& info) {
  Args args(info);
  const std::string name = args.String("name");
  const auto ids = args.Doubles("ids", 1);
  if (!args.ok()) return {};
  group entry{};
  const int found = Find(entry, [&](group* each, char* buffer, size_t length, group** result) {
    return ::getgrnam_r(name.c_str(), each, buffer, length, result);
  });
  if (found == 1) ids[0] = entry.gr_gid;
  errno = -found;
  return args.Result(found);
}

}  // namespace

void InitUsers(Napi::Env env, Napi::Object exports, Napi::Object) {
  Export<Getpwnam>(env, exports, "getpwnam");
  Export<Getpwuid>(env, exports, "getpwuid");
  Export<Getgrnam>(env, exports, "getgrnam");
}

}  // namespace epoll_reactor
