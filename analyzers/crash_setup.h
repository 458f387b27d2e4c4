// What a process had set before it crashed, as far as it decides over what a crash comes to: its
// handlers, alternate stacks, limits, privileges, and whether it may be dumped. See core(5).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzers/event.h"
#include "analyzers/finding.h"

namespace ttrace {

struct CrashSetup {
  struct Action {
    std::chrono::nanoseconds at{0};
    ProcessRef process;
    SignalAction action;
  };
  std::map<int, Action> actions;  // handlers, by signal
  std::string limited_by;         // who set RLIMIT_CORE; empty: nobody
  std::string stack_limited_by;   // the same for RLIMIT_STACK
  bool dumpable = true;
  bool by_privileges = false;
  std::string undumpable_by;

  void on_action(const Event& event, const SignalAction& action);
  void on_setting(const Event& event, const CoreSetting& setting);
  /// A new program: handlers are gone, and what a process could not be dumped for.
  void on_exec();
  /// How it came to this, for the time line of a crash of this thread by `signal`: the last change
  /// of each kind, in the order of time.
  std::vector<StoryStep> lines(int tid, int signal) const;

 private:
  struct Change {
    StoryStep line;
    int tid = 0;  // 0: of the whole process
    bool ends_at_exec = false;
  };
  std::map<std::string, Change> changes_;  // by kind
};

/// "bash[12]"
std::string process_name(const ProcessRef& process);

}  // namespace ttrace
