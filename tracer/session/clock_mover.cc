#include "tracer/session/clock_mover.h"

#include <csignal>
#include <vector>

namespace ttrace {
namespace {

constexpr int kSyscallStopStatus = (SIGTRAP | 0x80) << 8 | 0x7f;

}  // namespace

EntryShim::Outcome ClockMover::install(Process& process, Halted& threads,
                                       const ShimSettings& settings) {
  process.space->vdso = find_vdso(process.pid);
  const Vdso* const vdso = raw(process.space->vdso) != 0 ? installer_.vdso_of(process) : nullptr;
  if (!vdso) {
    process.time_served = "system calls only: the kernel gave it no vDSO";
    return EntryShim::Outcome::kNever;
  }
  return shim_.install(process, threads, *vdso, settings);
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
  process.time_served.clear();
  if (giving_back_) return;
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
    const Vdso* const vdso = installer_.vdso_of(*process);
    if (!vdso || !process->space->patches) continue;
    // A thread that is still inside is told the real time from here on.
    ShimInstaller::update_clock(*process, real);
    tracer.while_halted(*process->space, [&](Halted& threads) {
      done = shim_.remove(*process, threads, *vdso) != EntryShim::Outcome::kLater && done;
    });
  }
  return done;
}

}  // namespace ttrace
