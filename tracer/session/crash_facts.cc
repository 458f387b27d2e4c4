#include "tracer/session/crash_facts.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>
#include <sstream>

#include "tracer/abi/signals.h"
#include "tracer/session/descriptor_text.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace {
namespace {

// For these si_addr is the address at fault, if the kernel made the signal (sigaction(2)).
bool has_address(int signal, int code) {
  const bool fault = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL ||
                     signal == SIGFPE || signal == SIGTRAP;
  return fault && code > 0 && code != SI_KERNEL;
}

bool is_sent(int code) { return code == SI_USER || code == SI_TKILL || code == SI_QUEUE; }

// si_pid is a number of the receiver's pid namespace.
std::string sender_text(Pid receiver, int sender) {
  const auto status = read_status(receiver);
  const bool same_numbers = !status || status->inner_tgid == raw(receiver);
  if (status && sender == status->inner_tgid) return "itself";
  return same_numbers ? process_text(sender) : fmt::format("{} of its pid namespace", sender);
}

std::string below_stack_text(std::uint64_t limit) {
  const std::string text = "not mapped, just below the stack";
  if (limit == CoreConditions::kUnlimited) return text;
  return fmt::format("{}, whose limit is {} bytes", text, limit);
}

}  // namespace

std::string mapping_text(Pid pid, std::uint64_t address) {
  const auto maps = stacks::read_maps(pid);
  rlimit limit{};
  const bool is_limited =
      prlimit(raw(pid), RLIMIT_STACK, nullptr, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return maps ? mapping_text(*maps, address,
                             is_limited ? limit.rlim_cur : CoreConditions::kUnlimited)
              : "";
}

// Not by stacks::parse_maps, which keeps only what code can be in.
std::string mapping_text(const std::string& text, std::uint64_t address,
                         std::uint64_t stack_limit) {
  std::istringstream maps(text);
  std::uint64_t below = 0;  // the end of the mapping ahead
  for (std::string line; std::getline(maps, line);) {
    unsigned long long start = 0, end = 0;
    char mode[5] = "";
    int name_at = 0;
    if (std::sscanf(line.c_str(), "%llx-%llx %4s %*s %*s %*s %n", &start, &end, mode, &name_at) <
        3) {
      continue;
    }
    const std::string name = name_at > 0 ? line.substr(static_cast<std::size_t>(name_at)) : "";
    if (address < start) {
      constexpr std::uint64_t kGuard = 65536;
      if (name == "[stack]" && start - address <= kGuard && address >= below) {
        return below_stack_text(stack_limit);
      }
      break;
    }
    below = end;
    if (address >= end) continue;
    return fmt::format("{}, {}", name.empty() ? "anonymous memory" : name, mode);
  }
  return "not mapped";
}

std::vector<std::pair<std::string, std::uint64_t>> registers_of(const Registers& r) {
  if (abi_of(r) == Abi::kI386) {
    return {{"eip", r.rip}, {"esp", r.rsp}, {"ebp", r.rbp}, {"eax", r.rax}, {"ebx", r.rbx},
            {"ecx", r.rcx}, {"edx", r.rdx}, {"esi", r.rsi}, {"edi", r.rdi}, {"eflags", r.eflags}};
  }
  return {{"rip", r.rip}, {"rsp", r.rsp}, {"rbp", r.rbp},      {"rax", r.rax}, {"rbx", r.rbx},
          {"rcx", r.rcx}, {"rdx", r.rdx}, {"rsi", r.rsi},      {"rdi", r.rdi}, {"r8", r.r8},
          {"r9", r.r9},   {"r10", r.r10}, {"r11", r.r11},      {"r12", r.r12}, {"r13", r.r13},
          {"r14", r.r14}, {"r15", r.r15}, {"eflags", r.eflags}};
}

void describe_siginfo(FatalSignal& fatal, const Process& process, const siginfo_t& info) {
  fatal.code = signal_code_name(info.si_signo, info.si_code);
  if (has_address(info.si_signo, info.si_code)) {
    fatal.address = reinterpret_cast<std::uintptr_t>(info.si_addr);
    if (process.abi == Abi::kI386) *fatal.address &= 0xffffffff;
    fatal.mapped = mapping_text(process.pid, *fatal.address);
  }
  if (is_sent(info.si_code) && info.si_pid != 0) {
    fatal.sender = info.si_pid;
    fatal.sender_text = sender_text(process.pid, info.si_pid);
  }
}

SignalAction::What action_for(const ProcStatus& status, int signal) {
  if (has_signal(status.caught, signal)) return SignalAction::What::kHandler;
  if (has_signal(status.ignored, signal)) return SignalAction::What::kIgnored;
  return SignalAction::What::kDefault;
}

}  // namespace ttrace
