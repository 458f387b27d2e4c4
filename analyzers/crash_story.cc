#include "analyzers/crash_story.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/core_fate.h"
#include "analyzers/crash_wording.h"
#include "analyzers/signal_safety.h"

namespace ttrace {
namespace {

using Kind = CrashStep::Kind;
using What = SignalAction::What;

}  // namespace

CrashStory::CrashStory(const Event& event, const FatalSignal& fatal, CrashSetup setup)
    : event_(event), first_(fatal), setup_(std::move(setup)) {
  const bool handled = fatal.action == What::kHandler;
  lines_ = setup_.lines(event.process.tid, handled ? fatal.signal : 0);
  add_line(event, "signal", fatal_text(fatal));
  last_signal_[event.process.pid] = fatal;
}

void CrashStory::add_line(const Event& event, const std::string& kind, const std::string& text,
                          const std::optional<SyscallText>& syscall) {
  const int pid = event.process.pid;
  const std::string prefix = pid == event_.process.pid ? "" : fmt::format("{} ", pid);
  lines_.push_back({event.at, pid, kind, prefix + text, syscall});
}

void CrashStory::on_signal(const Event& event, const FatalSignal& fatal) {
  const bool own = event.process.pid == event_.process.pid;
  if (own && in_handler_ && fatal.sender == 0) recursed_ = true;
  if (own && !in_handler_) ++times_;
  last_signal_[event.process.pid] = fatal;
  add_line(event, "signal",
           fatal_text(fatal) + (fatal.action == What::kDefault ? ": default action" : ""));
}

void CrashStory::on_step(const Event& event, const CrashStep& step) {
  const int pid = event.process.pid;
  const bool own = pid == event_.process.pid;
  if (step.kind == Kind::kEntered) {
    handler_of_[pid] = step.function;
    if (handler_.empty()) handler_ = step.function;
    if (own) in_handler_ = true;
    if (own) left_ = false;
  }
  if (step.kind == Kind::kForked) handler_of_[step.pid] = handler_of_[pid];
  if (own && step.value == 0 && (step.kind == Kind::kReturned || step.kind == Kind::kJumped)) {
    left_ = true;
    in_handler_ = false;
    jumped_ = step.kind == Kind::kJumped;
  }
  std::string text = step_text(step, handler_of_[pid]);
  if (step.kind == Kind::kRaised && step.signal == first_.signal && step.pid == 0) {
    text += " again";
    raised_ = true;
  }
  const std::string unsafe = unsafe_call(step.libc);
  if (!unsafe.empty()) {
    text += fmt::format("; called by {}(), which no handler may call", unsafe);
    if (unsafe_.empty()) unsafe_ = unsafe;
  }
  steps_.emplace_back(pid, step);
  add_line(event, step_kind(step), text,
           step.syscall.name.empty() ? std::nullopt : std::optional(step.syscall));
}

void CrashStory::on_end(const Event& event, const CrashEnd& end, const CrashSetup& setup) {
  const auto said = std::find_if(lines_.rbegin(), lines_.rend(), [&](const StoryStep& line) {
    return line.pid == event.process.pid;
  });
  const bool exited = said != lines_.rend() && said->kind == "exit" && !end.signal;
  if (!exited) add_line(event, "end", end_text(end));
  if (event.process.pid == event_.process.pid) own_end_ = end;
  Death death{event.process, end, std::nullopt, setup, event.at};
  const auto signal = last_signal_.find(event.process.pid);
  if (signal != last_signal_.end()) death.fatal = signal->second;
  deaths_.push_back(std::move(death));
}

void CrashStory::on_piped(const Event& event, const CorePiped& piped) {
  piped_ = piped;
  add_line(event, "pipe",
           fmt::format(
               "the core ({}) was given to {}, which {}", size_text(piped.core_size), piped.command,
               piped.signal ? "was killed by " + crash_signal_name(*piped.signal)
                            : fmt::format("ended with status {}", piped.code.value_or(-1))));
}

}  // namespace ttrace
