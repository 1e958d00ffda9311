// Threads that wait for disks, so that the loop does not.
//
// libuv's four threads are not suitable. They also resolve names, compress, and read the program's own files: a disk
// that does not answer would stop all that. And Node joins them when the process exits. The threads here are started
// when needed and never joined, so a thread that waits for ever delays neither the exit nor the end of a worker thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

namespace epoll_reactor {

class DiskLoop;

// A call that may wait. Its thread uses only memory of the job: an array of JavaScript could be transferred, and the
// environment may end before the disk answers.
class DiskJob {
 public:
  explicit DiskJob(Napi::Function callback) : callback_(Napi::Persistent(callback)) {}
  DiskJob(const DiskJob&) = delete;
  DiskJob& operator=(const DiskJob&) = delete;
  virtual ~DiskJob() = default;

  // A thread makes the call. In a later turn of Node's loop the callback gets its result, n >= 0 or -errno. The job
  // does not keep the process alive, and deletes itself.
  void Queue(Napi::Env env);

 protected:
  // Runs on the thread. Returns the kernel's result, with errno.
  virtual int64_t Call() = 0;
  // Runs on the loop. Returns the bytes that were read: the callback's second argument.
  virtual Napi::Value Deliver(Napi::Env env) { return env.Undefined(); }
  // The callback was called, and owns its arguments.
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
