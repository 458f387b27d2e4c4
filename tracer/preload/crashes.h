// Crashes as the library tells of them: what was set before, the signal, and the end, which ttrace
// or another process learned as the parent; and what its handler did by calls of the C library.
#pragma once

#include <map>
#include <set>

#include "preload/library/channel.h"
#include "tracer/session/event_sink.h"

namespace ttrace::preload {

/// What of a signal cannot be told from its record alone.
struct FatalNames {
  Stack stack;
  std::string handler;  // "crash", "libc.so.6+0x1234", or the address
  std::string maps;     // of the process, as /proc/PID/maps has them
};

class CrashLog {
 public:
  /// `root`: a path to the targets' root directory.
  CrashLog(EventSink& sink, std::string root) : sink_(sink), root_(std::move(root)) {}

  /// `event`: of the process that the record is of, without content; here and below.
  void on_action(const ActionRecord& record, Event event);
  void on_setting(const SettingRecord& record, Event event);
  void on_fatal(const FatalRecord& record, Event event, FatalNames names);
  /// `handler`: of the address in the record, "crash".
  void on_step(const StepRecord& record, Event event, const std::string& handler);
  /// `event`: of the child.
  void on_forked(int parent, const Event& event);
  /// `event`: of the process that is to execute `file`, or of its maker.
  void on_executing(int pid, const std::string& file, Event event);
  /// A process executes another program: its story is over, if it had one.
  void on_program(int pid) {
    open_.erase(pid);
    handled_.erase(pid);
  }
  /// `event`: of the process that ended, with `status` as wait(2) has it.
  void on_ended(Event event, int status);
  /// The run is over, at `now` since its start.
  void finish(std::chrono::nanoseconds now);

 private:
  struct Open {
    Event event;  // of the process
    int story;
    int dies_of = 0;     // by default action
    std::string core{};  // the file that would be it; empty: it is no file
    std::int64_t since = 0;
    bool is_told = false;  // of a signal, by itself
  };
  Open& open(const Event& event);
  void join(const Event& event);
  void on_unseen(Event event, int signal, Open& open);
  void emit_end(const Open& open, std::chrono::nanoseconds at, CrashEnd end);

  EventSink& sink_;
  std::string root_;
  std::map<int, std::set<int>> handled_;      // signals with a handler, by process
  std::map<int, std::uint64_t> core_limits_;  // as they were set, by process
  std::map<int, int> parents_;
  std::map<int, Open> open_;  // processes that crashed, or were forked by such
};

}  // namespace ttrace::preload
