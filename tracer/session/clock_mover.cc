#include "tracer/session/clock_mover.h"

#include <csignal>
#include <vector>

#include "tracer/shim/call_paths.h"

namespace ttrace {
namespace {

constexpr int kSyscallStopStatus = (SIGTRAP | 0x80) << 8 | 0x7f;

}  // namespace

const Vdso* ClockMover::find(Process& process) {
  process.space->vdso = find_vdso(process.pid);
  return raw(process.space->vdso) != 0 ? installer_.vdso_of(process) : nullptr;
}

EntryShim::Outcome ClockMover::install(Process& process, Halted& threads,
                                       const ShimSettings& settings) {
  const Vdso* const vdso = find(process);
  if (!vdso) {
    process.time_served = "system calls only: the kernel gave it no vDSO";
    return EntryShim::Outcome::kNever;
  }
  const auto outcome = shim_.install(process, threads, *vdso, settings);
  if (process.threads > 1) CallPaths::count_locked(process);
  return outcome;
}

bool ClockMover::remove(Tracer& tracer, Process& process) {
  const Vdso* const vdso = installer_.vdso_of(process);
  bool done = true;
  if (!vdso) return done;
  tracer.while_halted(*process.space, [&](Halted& threads) {
    done = EntryShim::clear_room(process, threads, *vdso) == EntryShim::Outcome::kDone &&
           shim_.remove(process, threads, *vdso) != EntryShim::Outcome::kLater;
  });
  return done;
}

bool ClockMover::clean_up(Tracer& tracer) {
  std::vector<std::shared_ptr<Process>> left;
  for (const auto& [pid, process] : tracer.processes()) {
    const Vdso* const vdso = find(*process);
    if (vdso && (process->space->patches || shim_.find_leftover(*process, *vdso) ||
                 EntryShim::is_room_used(*process, *vdso))) {
      left.push_back(process);
    }
  }
  bool done = true;
  for (const auto& process : left) done = remove(tracer, *process) && done;
  return done;
}

bool ClockMover::move(Tracer& tracer, const ShimSettings& settings) {
  std::vector<std::shared_ptr<Process>> waiting;
  for (const auto& [pid, process] : tracer.processes()) {
    if (process->time_served.empty()) waiting.push_back(process);
  }
  bool done = true;
  for (const auto& process : waiting) {
    if (process->space->patches) process->time_served = "shim";  // shared with one before it
    if (!process->time_served.empty()) continue;
    tracer.while_halted(*process->space, [&](Halted& threads) {
      done = install(*process, threads, settings) != EntryShim::Outcome::kLater && done;
    });
  }
  return done;
}

void ClockMover::after_exec(Tracee& tracee, const ShimSettings& settings) {
  Process& process = *tracee.process;
  if (const auto regs = get_regs(tracee.tid)) process.abi = abi_of(*regs);
  process.time_served = is_traced(process.abi) ? "" : kUntracedAbi;
  if (giving_back_ || !is_traced(process.abi)) return;
  Halted alone = {{tracee.tid, kSyscallStopStatus}};
  (void)install(process, alone, settings);
}

bool ClockMover::give_back(Tracer& tracer, const RunClock& clock) {
  giving_back_ = true;
  shim::ClockParams real = clock.params();
  real.scaled = 0;
  real.offset = {};
  std::vector<std::shared_ptr<Process>> moved;
  for (const auto& [pid, process] : tracer.processes()) {
    if (process->space->patches) moved.push_back(process);
  }
  bool done = true;
  for (const auto& process : moved) {
    // A thread that is still inside is told the real time from here on.
    if (!process->space->patches) continue;  // shared with one before it
    ShimInstaller::update_clock(*process, real);
    done = remove(tracer, *process) && done;
  }
  return done;
}

}  // namespace ttrace
