// Threads that wait for disks, in place of the loop.
//
// Not libuv's pool: its four threads also resolve names, compress, and read files for whatever else the program does,
// which a disk that does not answer would stop; and Node joins them when the process exits. These are started when they
// are needed, and never joined: what waits for a disk for ever holds up neither an exit nor the end of a worker thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

namespace epoll_reactor {

class DiskLoop;

// A call that may wait. The thread that makes it sees no more of JavaScript than memory of the job's own: the
// environment may end before the disk answers.
class DiskJob {
 public:
  explicit DiskJob(Napi::Function callback) : callback_(Napi::Persistent(callback)) {}
  DiskJob(const DiskJob&) = delete;
  DiskJob& operator=(const DiskJob&) = delete;
  virtual ~DiskJob() = default;

  // Has a thread make the call; the callback is given what it returned, n >= 0 or -errno, in a turn of Node's loop.
  // Does not hold the process open. The job deletes itself.
  void Queue(Napi::Env env);

 protected:
  // By the thread. Returns what the kernel does, with errno.
  virtual int64_t Call() = 0;
  // In the loop, before the callback: hands over what was read. The callback's second argument.
  virtual Napi::Value Deliver(Napi::Env env) { return env.Undefined(); }
  // The callback was called: what it was told of is its own.
  virtual void OnDelivered() {}

  int64_t result() const { return result_; }

 private:
  friend class DiskLoop;
  friend class DiskThreads;

  void Run();

  Napi::FunctionReference callback_;
  std::shared_ptr<DiskLoop> loop_;
  int64_t result_ = 0;
};

}  // namespace epoll_reactor
