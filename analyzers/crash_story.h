// The story of one crash as its events come in: from the first fatal signal to the last death.
#pragma once

#include <map>

#include "analyzers/core_fate.h"
#include "analyzers/crash_setup.h"
#include "analyzers/finding.h"

namespace ttrace {

class CrashStory {
 public:
  CrashStory(const Event& event, const FatalSignal& fatal, CrashSetup setup);

  void on_signal(const Event& event, const FatalSignal& fatal);
  void on_step(const Event& event, const CrashStep& step);
  void on_end(const Event& event, const CrashEnd& end, const CrashSetup& setup);
  void on_piped(const Event& event, const CorePiped& piped);

  /// The handler was left and the process went on: another signal is another story.
  bool is_left() const { return left_; }
  int signal() const { return first_.signal; }
  int pid() const { return event_.process.pid; }
  void add_to(FindingList& out) const;

 private:
  struct Death {
    ProcessRef process;
    CrashEnd end;
    std::optional<FatalSignal> fatal;  // what it died of
    CrashSetup setup;
    std::chrono::nanoseconds at{0};
  };
  const Death* dumped() const;
  CoreEvidence evidence(const Death& dead) const;
  void add_line(const Event& event, const std::string& kind, const std::string& text,
                const std::optional<SyscallText>& syscall = std::nullopt);
  Finding finding(const char* id, Level level) const;
  CrashFacts facts() const;
  std::string outcome() const;
  std::string hint() const;
  bool died_of_it() const;
  bool is_ordinary() const;
  bool could_not_run() const;
  void add_handler(FindingList& out) const;
  void add_path(FindingList& out) const;
  void add_core(FindingList& out) const;
  void add_core_of_none(FindingList& out) const;
  std::vector<std::string> deeds() const;

  Event event_;
  FatalSignal first_;
  CrashSetup setup_;
  std::vector<StoryStep> lines_;
  std::map<int, FatalSignal> last_signal_;        // by process
  std::map<int, std::string> handler_of_;         // the function that runs, by process
  std::vector<std::pair<int, CrashStep>> steps_;  // with the process
  std::vector<Death> deaths_;
  std::optional<CrashEnd> own_end_;
  std::optional<CorePiped> piped_;
  std::string handler_;  // of the first signal
  std::string unsafe_;   // what the handler called though it must not
  std::uint64_t times_ = 1;
  bool left_ = false;
  bool jumped_ = false;
  bool recursed_ = false;
  bool raised_ = false;  // the handler, or a child of it, raised the signal anew
  bool in_handler_ = false;
};

}  // namespace ttrace
