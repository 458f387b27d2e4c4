// Crashes: which signal, what its handler did until the death, and what became of the core. A
// program that only installs handlers gives no finding: the story begins with a fatal signal.
#include <deque>

#include "analyzers/analyzer.h"
#include "analyzers/builtin.h"
#include "analyzers/crash_story.h"

namespace ttrace {
namespace {

class CrashAnalyzer : public Analyzer {
 public:
  void on_event(const Event& event, FindingList& /*out*/) override {
    const int pid = event.process.pid;
    if (const auto* started = std::get_if<ProcessStarted>(&event.what)) {
      const auto parent = setups_.find(started->parent);
      if (parent != setups_.end()) setups_[pid] = CrashSetup(parent->second);
    } else if (std::holds_alternative<ProcessExeced>(event.what)) {
      setups_[pid].on_exec();
    } else if (const auto* action = std::get_if<SignalAction>(&event.what)) {
      setups_[pid].on_action(event, *action);
    } else if (const auto* setting = std::get_if<CoreSetting>(&event.what)) {
      setups_[setting->pid].on_setting(event, *setting);
    } else if (std::holds_alternative<ProcessExited>(event.what)) {
      setups_.erase(pid);
    } else {
      on_story(event);
    }
  }

  void on_end(FindingList& out) override {
    for (const CrashStory& story : stories_) story.add_to(out);
  }

 private:
  void on_story(const Event& event) {
    if (const auto* fatal = std::get_if<FatalSignal>(&event.what)) return on_signal(event, *fatal);
    if (const auto* step = std::get_if<CrashStep>(&event.what)) {
      if (CrashStory* story = find(step->story)) story->on_step(event, *step);
    } else if (const auto* end = std::get_if<CrashEnd>(&event.what)) {
      const int pid = event.process.pid;
      if (CrashStory* story = find(end->story)) story->on_end(event, *end, setups_[pid]);
      if (pid == end->story) open_.erase(pid);
    } else if (const auto* piped = std::get_if<CorePiped>(&event.what)) {
      for (CrashStory& story : stories_) {
        if (story.pid() == piped->story) story.on_piped(event, *piped);
      }
    }
  }

  // A process that lives on may crash again, of something else.
  void on_signal(const Event& event, const FatalSignal& fatal) {
    // Of a process of the same number that ended long ago there may be a story, too.
    const bool ended = event.process.pid == fatal.story && !open_.contains(fatal.story);
    CrashStory* const story = ended ? nullptr : find(fatal.story);
    const bool anew = !story || (story->is_left() && story->signal() != fatal.signal);
    if (!anew) return story->on_signal(event, fatal);
    stories_.emplace_back(event, fatal, setups_[event.process.pid]);
    open_[fatal.story] = &stories_.back();
  }

  // Children may outlive the process whose story they belong to.
  CrashStory* find(int pid) {
    const auto found = open_.find(pid);
    if (found != open_.end()) return found->second;
    for (auto story = stories_.rbegin(); story != stories_.rend(); ++story) {
      if (story->pid() == pid) return &*story;
    }
    return nullptr;
  }

  std::map<int, CrashSetup> setups_;  // by process
  std::deque<CrashStory> stories_;    // in the order of their first signals
  std::map<int, CrashStory*> open_;
};

}  // namespace

std::unique_ptr<Analyzer> make_crash_analyzer() { return std::make_unique<CrashAnalyzer>(); }

}  // namespace ttrace
