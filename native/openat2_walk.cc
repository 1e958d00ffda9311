// openat2(2) for kernels before Linux 5.6, and for processes whose seccomp filter refuses it.
//
// Walks the path name by name. It opens each name in the folder before it, without following links; it reads the text
// of a link and walks that instead. So the kernel sees one name at a time, and a name without a slash, other than `..`,
// can only lead down. For `..` the walk returns to the folder before, whose descriptor is still open; at the root `..`
// fails. No string is shortened.
//
// It makes the decisions of openat2, and no others. In TypeScript it would wait for a thread once for each name, and
// keep the folders' descriptors open meanwhile.
//
// If a folder is moved out of the root during the walk, the walk continues in it, as openat2 does.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>
#include <vector>

#include "openat2.h"

namespace epoll_reactor {

namespace {

constexpr int kLinksMax = 40;  // path_resolution(7); the kernel's MAXSYMLINKS
constexpr uint64_t kResolveKnown = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED;

int Fail(int error) {
  errno = error;
  return -1;
}

class Folder {
 public:
  explicit Folder(int fd) : fd_(fd) {}
  Folder(Folder&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  // close(2) may set errno.
  ~Folder() {
    const int error = errno;
    if (fd_ >= 0) ::close(fd_);
    errno = error;
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

class Walk {
 public:
  Walk(int root_fd, const open_how& how) : root_fd_(root_fd), how_(how) {}

  int Open(std::string path) {
    rest_ = std::move(path);
    for (;;) {
      if (rest_.empty()) return Fail(ENOENT);
      if (rest_.front() == '/') return Fail(EXDEV);  // an absolute path, or the text of an absolute link
      const size_t end = rest_.find('/');
      const size_t next = rest_.find_first_not_of('/', end);
      const std::string name = rest_.substr(0, end);
      const bool is_last = end == std::string::npos || next == std::string::npos;
      const bool is_followed = end != std::string::npos || (Flags() & O_NOFOLLOW) == 0;
      int fd = 0;
      if (name == "." || name == "..") {
        fd = StepByDots(name, is_last);
      } else {
        fd = is_last ? OpenLast(name, end != std::string::npos, is_followed) : Enter(name);
        if (fd < 0 && is_followed && (errno == ELOOP || errno == ENOTDIR)) {
          if (!ReadLink(name, end)) return -1;
          continue;
        }
      }
      if (fd < 0 || is_last) return fd;
      rest_.erase(0, next);
    }
  }

 private:
  int current() const { return folders_.empty() ? root_fd_ : folders_.back().fd(); }

  // As in the kernel, `.` and `..` are not found in a folder without search permission.
  int StepByDots(const std::string& name, bool is_last) {
    const Folder here(::openat(current(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (here.fd() < 0) return -1;
    if (name == "..") {
      if (folders_.empty()) return Fail(EXDEV);
      folders_.pop_back();
    }
    return is_last ? ::openat(current(), ".", Flags(), Mode()) : 0;
  }

  int Enter(const std::string& name) {
    const int fd = ::openat(current(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) folders_.emplace_back(fd);
    return fd;
  }

  // A link fails with ELOOP, because of O_NOFOLLOW; or with ENOTDIR, because of O_DIRECTORY, which replaces the slash
  // of "a/".
  int OpenLast(const std::string& name, bool is_folder, bool is_followed) {
    const int flags = Flags() | O_NOFOLLOW | (is_folder ? O_DIRECTORY : 0);
    const int fd = ::openat(current(), name.c_str(), flags, Mode());
    if (fd < 0 || !is_followed || (flags & O_PATH) == 0) return fd;
    // O_PATH opens the link itself.
    struct stat stat {};
    if (::fstat(fd, &stat) == 0 && !S_ISLNK(stat.st_mode)) return fd;
    ::close(fd);
    return Fail(ELOOP);
  }

  // Replaces a link's name by its text. False, with errno, if the link must not be followed.
  bool ReadLink(const std::string& name, size_t end) {
    const int error = errno;
    std::array<char, PATH_MAX> text;
    const ssize_t length = ::readlinkat(current(), name.c_str(), text.data(), text.size());
    if (length < 0) {
      // Neither a link nor a folder; or it was a link and has been replaced, for which openat2 returns EAGAIN too.
      if (errno == EINVAL) errno = error == ELOOP ? EAGAIN : error;
      return false;
    }
    if ((how_.resolve & RESOLVE_NO_SYMLINKS) != 0 || ++links_ > kLinksMax) {
      errno = ELOOP;
      return false;
    }
    rest_.replace(0, end, text.data(), static_cast<size_t>(length));
    return true;
  }

  int Flags() const { return static_cast<int>(how_.flags); }
  mode_t Mode() const { return static_cast<mode_t>(how_.mode); }

  const int root_fd_;
  const open_how& how_;
  std::string rest_;
  std::vector<Folder> folders_;  // the folders below the root, the innermost last
  int links_ = 0;
};

}  // namespace

int Openat2Walk(int dir_fd, const char* path, const open_how& how) {
  if (how.mode != 0 && (how.flags & O_CREAT) == 0) return Fail(EINVAL);
  if (how.resolve == 0) return ::openat(dir_fd, path, static_cast<int>(how.flags), static_cast<mode_t>(how.mode));
  if ((how.resolve & RESOLVE_BENEATH) == 0 || (how.resolve & ~kResolveKnown) != 0) return Fail(EINVAL);
  // The walk does not know whether it would wait for the disk.
  if ((how.resolve & RESOLVE_CACHED) != 0) return Fail(EAGAIN);
  std::string text = path;
  if (text.size() >= PATH_MAX) return Fail(ENAMETOOLONG);
  return Walk(dir_fd, how).Open(std::move(text));
}

}  // namespace epoll_reactor
