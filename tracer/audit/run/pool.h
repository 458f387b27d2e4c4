// Processes that work on numbered jobs, some at a time. Processes and not threads, because a tracer
// waits for all its targets in one place; and so that a job which ends its worker ends no other.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tracer/audit/run/idle_processors.h"
#include "tracer/base/unique_fd.h"

namespace ttrace::audit {

class Pool {
 public:
  struct Plan {
    std::size_t jobs = 0;
    unsigned workers = 1;
    unsigned most_workers = 0;                // while those leave processors idle
    std::chrono::seconds limit{60};           // of a job, before its worker is killed
    const std::atomic<bool>* stop = nullptr;  // set by Ctrl-C
    /// Processors that had nothing to do since it was called last.
    std::function<std::optional<double>()> idle = [processors = IdleProcessors()]() mutable {
      return processors.since_last();
    };
    std::function<void()> prepare;                 // in a worker, before its first job
    std::function<std::string(std::size_t)> work;  // in a worker; must not throw
    /// In this process: the answer; nullopt: the worker died or took too long.
    std::function<void(std::size_t, std::optional<std::string>)> done;
  };
  explicit Pool(const Plan& plan)
      : plan_(plan), workers_(std::max(plan.workers, plan.most_workers)), allowed_(plan.workers) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// False if it was stopped before all jobs were done. UserError where no process can be made.
  bool run();

 private:
  struct Worker {
    pid_t pid = -1;
    UniqueFd channel;
    std::optional<std::size_t> job;
    std::chrono::steady_clock::time_point started;
    std::string answer;  // as far as it has come
  };
  void start(Worker& worker);
  void end(Worker& worker);
  void give_job(Worker& worker);
  void take_answer(Worker& worker);
  void finish_job(Worker& worker, std::optional<std::string> answer);
  void wait_for_answers();
  void give_jobs();
  void adapt();
  std::size_t busy() const;

  const Plan& plan_;
  std::vector<Worker> workers_;
  std::size_t allowed_;  // at a time
  std::chrono::steady_clock::time_point adapted_;
  double idle_ = 0;  // processors, of late
  std::size_t next_ = 0;
};

}  // namespace ttrace::audit
