#include "disk_threads.h"

#include <pthread.h>
#include <signal.h>
#include <uv.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace epoll_reactor {

// Collects the finished jobs of one environment from the threads. It outlives the environment while a thread has one of
// its jobs.
class DiskLoop : public std::enable_shared_from_this<DiskLoop> {
 public:
  // Made with the environment's first job.
  static std::shared_ptr<DiskLoop> Of(Napi::Env env) {
    if (auto* loop = env.GetInstanceData<std::shared_ptr<DiskLoop>>(); loop != nullptr) return *loop;
    auto loop = std::make_shared<DiskLoop>(env);
    if (!loop->Open()) return nullptr;
    env.SetInstanceData(new std::shared_ptr<DiskLoop>(loop));
    return loop;
  }

  explicit DiskLoop(Napi::Env env) : env_(env) {}

  void Add(DiskJob* job) { pending_.insert(job); }

  // Called on any thread. Takes over the job, and deletes it if the environment has ended.
  void Finish(DiskJob* job) {
    std::unique_ptr<DiskJob> abandoned(job);
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    done_.push_back(abandoned.release());
    uv_async_send(&async_);
  }

 private:
  bool Open() {
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(env_, &loop);
    if (uv_async_init(loop, &async_, OnDone) != 0) return false;
    async_.data = this;
    // A server keeps the process alive; a job does not.
    uv_unref(Handle());
    self_ = shared_from_this();
    napi_add_async_cleanup_hook(env_, OnTeardown, this, &cleanup_hook_);
    return true;
  }

  static void OnDone(uv_async_t* async) { static_cast<DiskLoop*>(async->data)->DeliverAll(); }

  void DeliverAll() {
    std::vector<DiskJob*> jobs;
    {
      const std::lock_guard lock(mutex_);
      jobs.swap(done_);
    }
    for (DiskJob* job : jobs) {
      const Napi::HandleScope scope(env_);
      pending_.erase(job);
      const std::unique_ptr<DiskJob> owned(job);
      const napi_value arguments[] = {Napi::Number::New(env_, static_cast<double>(job->result_)), job->Deliver(env_)};
      // Unlike Function::Call this runs nextTicks and microtasks afterwards, as Node does after each callback. It needs
      // no asynchronous context: callers await promises, which have their own.
      const napi_status status =
          napi_make_callback(env_, nullptr, env_.Global(), job->callback_.Value(), 2, arguments, nullptr);
      bool has_thrown = false;
      if (status != napi_ok) napi_is_exception_pending(env_, &has_thrown);
      // Any other status means that the environment is about to end, and no JavaScript runs any more.
      if (status == napi_ok || has_thrown) job->OnDelivered();
      napi_value error = nullptr;
      // No JavaScript has called this function, so an error of the callback is an uncaughtException.
      if (has_thrown && napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
    }
  }

  static void OnTeardown(napi_async_cleanup_hook_handle, void* data) { static_cast<DiskLoop*>(data)->Close(); }

  void Close() {
    {
      // Held throughout: a thread that calls Finish() afterwards deletes its job.
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
      for (DiskJob* job : pending_) job->callback_.Reset();
      for (const DiskJob* job : done_) delete job;
      done_.clear();
      pending_.clear();
    }
    uv_close(Handle(), OnClosed);
  }

  static void OnClosed(uv_handle_t* handle) {
    auto* loop = static_cast<DiskLoop*>(handle->data);
    const napi_async_cleanup_hook_handle cleanup_hook = loop->cleanup_hook_;
    loop->self_.reset();
    napi_remove_async_cleanup_hook(cleanup_hook);  // last: the environment waits for this
  }

  uv_handle_t* Handle() { return reinterpret_cast<uv_handle_t*>(&async_); }

  const Napi::Env env_;
  uv_async_t async_{};
  napi_async_cleanup_hook_handle cleanup_hook_ = nullptr;
  std::shared_ptr<DiskLoop> self_;  // while libuv has the handle
  std::set<DiskJob*> pending_;      // used on the loop alone

  std::mutex mutex_;
  std::vector<DiskJob*> done_;
  bool is_closed_ = false;
};

// The threads of the process.
class DiskThreads {
 public:
  static DiskThreads& Get() {
    static auto* const threads =
        new DiskThreads;  // never destroyed: a thread may wait for a disk while the process exits
    return *threads;
  }

  void Queue(DiskJob* job) {
    {
      const std::lock_guard lock(mutex_);
      if (idle_ <= jobs_.size() && count_ < kThreadsMax && Start()) count_++;
      if (count_ > 0) {
        jobs_.push_back(job);
        job = nullptr;
      }
    }
    if (job == nullptr) {
      wake_.notify_one();
      return;
    }
    job->result_ = -ENOMEM;  // no thread can be started
    std::shared_ptr<DiskLoop>(job->loop_)->Finish(job);
  }

 private:
  // Twice as many as one site uses (DISK_JOBS_MAX in src/disk/disk-queue.ts), so that another site finds free threads.
  // nginx: 32.
  static constexpr size_t kThreadsMax = 16;
  // Enough for system calls. Unused pages cost no memory.
  static constexpr size_t kStackBytes = 256 * 1024;

  static bool Start() {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    // The other threads handle signals.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int failed = pthread_create(&thread, &attributes, Main, nullptr);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    return failed == 0;
  }

  static void* Main(void*) {
    for (;;) Get().Next()->Run();
  }

  DiskJob* Next() {
    std::unique_lock lock(mutex_);
    idle_++;
    wake_.wait(lock, [this] { return !jobs_.empty(); });
    idle_--;
    DiskJob* job = jobs_.front();
    jobs_.pop_front();
    return job;
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<DiskJob*> jobs_;
  size_t count_ = 0;
  size_t idle_ = 0;
};

void DiskJob::Queue(Napi::Env env) {
  loop_ = DiskLoop::Of(env);
  if (loop_ == nullptr) {
    Napi::Error::New(env, "libuv has no handle left").ThrowAsJavaScriptException();
    delete this;
    return;
  }
  loop_->Add(this);
  DiskThreads::Get().Queue(this);
}

void DiskJob::Run() {
  result_ = Call();
  if (result_ < 0) result_ = -errno;
  const std::shared_ptr<DiskLoop> loop =
      loop_;  // a copy: the job, and its share of the loop, may be deleted before Finish() returns
  loop->Finish(this);
}

}  // namespace epoll_reactor
