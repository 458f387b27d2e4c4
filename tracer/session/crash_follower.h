// Threads that run the handler of a fatal signal: each of their system calls becomes a step of the
// story, until they die or leave the handler; and so for processes forked there. A program that is
// given a core (--core-pattern) is followed too, but of it only what matters is told.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tracer/engine/ptrace.h"
#include "tracer/engine/tracee.h"
#include "tracer/intercept/core_waits.h"
#include "tracer/session/crash_stacks.h"
#include "tracer/session/crash_steps.h"
#include "tracer/session/event_sink.h"
#include "tracer/session/handler_frame.h"

namespace ttrace {

class CrashFollower {
 public:
  CrashFollower(EventSink& sink, const CrashStacks& stacks, CoreWaits& waits)
      : sink_(sink), stacks_(stacks), waits_(waits) {}

  /// A fatal signal is about to be delivered to a thread whose stack pointer is `sp`.
  void begin(Pid tid, int story, std::uint64_t sp);
  /// The thread has executed a program that reads the core of this story.
  void begin_reader(Tracee& tracee, int story);
  void on_handler_entry(Tracee& tracee);
  void on_syscall(Tracee& tracee, const SyscallInfo& info);
  /// The story that a new process belongs to, if `maker` is in one.
  std::optional<int> on_new_process(const Tracee& maker, const Process& child);
  void on_exec(const Tracee& tracee);
  /// `status` as of wait(2).
  void on_thread_exit(const Tracee& tracee, int status);
  void forget(Pid tid) { follows_.erase(tid); }

 private:
  struct Follow {
    int story = 0;
    std::uint64_t interrupted_sp = 0;
    std::vector<HandlerFrame> frames;  // the outer ones first
    std::optional<CrashStep> pending;  // the call it is in
    FollowedCall call;
    unsigned steps = 0;
    bool reader = false;  // a program that is given a core
  };

  void on_entry(Tracee& tracee, Follow& follow, const SyscallInfo& info);
  void on_exit(Tracee& tracee, Follow& follow, const SyscallInfo& info);
  bool has_left(Tracee& tracee, Follow& follow, const SyscallInfo& info);
  bool is_too_much(Tracee& tracee, Follow& follow, CrashStep& step);
  void stop(Tracee& tracee);
  void emit(const Tracee& tracee, CrashStep step, int story);
  int outer_pid(int story, int inner) const;

  EventSink& sink_;
  const CrashStacks& stacks_;
  CoreWaits& waits_;
  std::map<Pid, Follow> follows_;
  std::map<std::pair<int, int>, int> outer_pids_;  // of children, by story and their own number
};

}  // namespace ttrace
