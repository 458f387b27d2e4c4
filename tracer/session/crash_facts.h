// What can be read about a thread that stands before a fatal signal: where the fault was, who sent
// the signal, the registers.
#pragma once

#include <csignal>

#include "analyzers/event.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/tracee.h"
#include "tracer/session/proc_status.h"

namespace ttrace {

/// A mapping of a process, in words: "[stack], rw-p", "/lib/x.so, r-xp"; "not mapped".
std::string mapping_text(Pid pid, std::uint64_t address);
/// The same of a process whose maps and whose limit for the stack are known: kUnlimited for none.
std::string mapping_text(const std::string& maps, std::uint64_t address, std::uint64_t stack_limit);

std::vector<std::pair<std::string, std::uint64_t>> registers_of(const Registers& regs);

/// Fills in code, address, mapping and sender. `inner_tgid`: the process's id as it sees itself.
void describe_siginfo(FatalSignal& fatal, const Process& process, const siginfo_t& info);

SignalAction::What action_for(const ProcStatus& status, int signal);

}  // namespace ttrace
