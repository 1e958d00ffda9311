// The indexes at which JavaScript gets the fields of a struct stat: STAT_* in src/native/native-api.ts.
#pragma once

#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdint>
#include <span>

namespace epoll_reactor {

enum Stat : size_t {
  kMode,
  kSize,
  kMtimeSeconds,
  kMtimeNanoseconds,
  kCtimeSeconds,
  kCtimeNanoseconds,
  kInode,
  kDevice,
  kStatLength
};
// The index after them: for a file that a job has opened, the filesystem type of fstatfs(2).
constexpr size_t kFilesystem = kStatLength;
constexpr size_t kOpenedLength = kFilesystem + 1;

// As many bits as a JavaScript number holds exactly. The low bits distinguish the files of a filesystem.
constexpr uint64_t kInodeMask = (uint64_t{1} << 53) - 1;

inline void FillStat(const struct stat& stat, std::span<double> out) {
  out[kMode] = stat.st_mode;
  out[kSize] = static_cast<double>(stat.st_size);
  out[kMtimeSeconds] = static_cast<double>(stat.st_mtim.tv_sec);
  out[kMtimeNanoseconds] = static_cast<double>(stat.st_mtim.tv_nsec);
  out[kCtimeSeconds] = static_cast<double>(stat.st_ctim.tv_sec);
  out[kCtimeNanoseconds] = static_cast<double>(stat.st_ctim.tv_nsec);
  out[kInode] = static_cast<double>(stat.st_ino & kInodeMask);
  out[kDevice] = static_cast<double>(stat.st_dev);
}

// 32 bits, whatever the width and the sign of f_type.
inline uint32_t FilesystemType(const struct statfs& filesystem) { return static_cast<uint32_t>(filesystem.f_type); }

}  // namespace epoll_reactor
