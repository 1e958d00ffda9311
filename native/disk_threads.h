// Threads that wait for disks, in place of the loop.
//
// libuv's four threads would not do. They also resolve names, compress, and read the program's own files, which a disk
// that does not answer would stop; and Node joins them when the process exits. These threads are started when needed
// and never joined, so one that waits for ever delays neither the exit nor the end of a worker thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

namespace epoll_reactor {

class DiskLoop;

// A call that may wait. Its thread touches only memory of the job's own: an array of JavaScript's could be transferred,
// and the environment may end before the disk answers.
class DiskJob {
 public:
  explicit DiskJob(Napi::Function callback) : callback_(Napi::Persistent(callback)) {}
  DiskJob(const DiskJob&) = delete;
  DiskJob& operator=(const DiskJob&) = delete;
  virtual ~DiskJob() = default;

  // Has a thread make the call. In a later turn of Node's loop the callback gets what it returned, n >= 0 or -errno.
  // Does not hold the process open. The job deletes itself.
  void Queue(Napi::Env env);

 protected:
  // On the thread. Returns what the kernel does, with errno.
  virtual int64_t Call() = 0;
  // On the loop. Returns what was read: the callback's second argument.
  virtual Napi::Value Deliver(Napi::Env env) { return env.Undefined(); }
  // The callback was called, and owns what it got.
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
