#include "tracer/abi/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>

namespace ttrace {
namespace {

struct CodeName {
  int signal;  // 0: of all
  int code;
  const char* name;
};

// uapi/asm-generic/siginfo.h
constexpr std::array kCodes = {CodeName{0, 0, "SI_USER"},
                               CodeName{0, 0x80, "SI_KERNEL"},
                               CodeName{0, -1, "SI_QUEUE"},
                               CodeName{0, -2, "SI_TIMER"},
                               CodeName{0, -3, "SI_MESGQ"},
                               CodeName{0, -4, "SI_ASYNCIO"},
                               CodeName{0, -5, "SI_SIGIO"},
                               CodeName{0, -6, "SI_TKILL"},
                               CodeName{SIGSEGV, 1, "SEGV_MAPERR"},
                               CodeName{SIGSEGV, 2, "SEGV_ACCERR"},
                               CodeName{SIGSEGV, 3, "SEGV_BNDERR"},
                               CodeName{SIGSEGV, 4, "SEGV_PKUERR"},
                               CodeName{SIGBUS, 1, "BUS_ADRALN"},
                               CodeName{SIGBUS, 2, "BUS_ADRERR"},
                               CodeName{SIGBUS, 3, "BUS_OBJERR"},
                               CodeName{SIGBUS, 4, "BUS_MCEERR_AR"},
                               CodeName{SIGBUS, 5, "BUS_MCEERR_AO"},
                               CodeName{SIGFPE, 1, "FPE_INTDIV"},
                               CodeName{SIGFPE, 2, "FPE_INTOVF"},
                               CodeName{SIGFPE, 3, "FPE_FLTDIV"},
                               CodeName{SIGFPE, 4, "FPE_FLTOVF"},
                               CodeName{SIGFPE, 5, "FPE_FLTUND"},
                               CodeName{SIGFPE, 6, "FPE_FLTRES"},
                               CodeName{SIGFPE, 7, "FPE_FLTINV"},
                               CodeName{SIGFPE, 8, "FPE_FLTSUB"},
                               CodeName{SIGILL, 1, "ILL_ILLOPC"},
                               CodeName{SIGILL, 2, "ILL_ILLOPN"},
                               CodeName{SIGILL, 3, "ILL_ILLADR"},
                               CodeName{SIGILL, 4, "ILL_ILLTRP"},
                               CodeName{SIGILL, 5, "ILL_PRVOPC"},
                               CodeName{SIGTRAP, 1, "TRAP_BRKPT"},
                               CodeName{SIGTRAP, 2, "TRAP_TRACE"},
                               CodeName{SIGTRAP, 3, "TRAP_BRANCH"},
                               CodeName{SIGTRAP, 4, "TRAP_HWBKPT"},
                               CodeName{SIGSYS, 1, "SYS_SECCOMP"},
                               CodeName{SIGSYS, 2, "SYS_USER_DISPATCH"}};

struct FlagName {
  std::uint64_t bit;
  const char* name;
};
constexpr std::array kFlags = {
    FlagName{SA_NODEFER, "SA_NODEFER"},    FlagName{SA_RESETHAND, "SA_RESETHAND"},
    FlagName{SA_ONSTACK, "SA_ONSTACK"},    FlagName{SA_RESTART, "SA_RESTART"},
    FlagName{SA_SIGINFO, "SA_SIGINFO"},    FlagName{SA_NOCLDSTOP, "SA_NOCLDSTOP"},
    FlagName{SA_NOCLDWAIT, "SA_NOCLDWAIT"}};

}  // namespace

const std::vector<int> kCoreSignals = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                       SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};

std::string signal_name(int signal) {
  if (const char* const name = sigabbrev_np(signal)) return fmt::format("SIG{}", name);
  // The kernel's first one is 32; the C library keeps two for itself (signal(7)).
  if (signal >= 34 && signal <= 64) return fmt::format("SIGRTMIN+{}", signal - 34);
  return fmt::format("signal {}", signal);
}

std::optional<int> signal_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) {
    return number >= 1 && number <= 64 ? std::optional(number) : std::nullopt;
  }
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name.starts_with("SIG")) name.erase(0, 3);
  if (name == "IOT") name = "ABRT";
  for (int signal = 1; signal < 32; ++signal) {
    const char* const known = sigabbrev_np(signal);
    if (known && name == known) return signal;
  }
  return std::nullopt;
}

bool dumps_core(int signal) {
  return std::find(kCoreSignals.begin(), kCoreSignals.end(), signal) != kCoreSignals.end();
}

std::string signal_code_name(int signal, int code) {
  for (const CodeName& known : kCodes) {
    if (known.code == code && (known.signal == signal || known.signal == 0)) return known.name;
  }
  return fmt::format("code {}", code);
}

// arch/x86/include/asm/signal.h (sigaction), include/linux/compat.h (compat_sigaction,
// compat_old_sigaction: the mask stands before the flags).
ActionLayout action_layout(Abi abi, bool old) {
  if (abi == Abi::kX86_64) return {16, 8};
  return old ? ActionLayout{12, 8} : ActionLayout{8, 4};
}

std::vector<std::string> action_flags(std::uint64_t flags) {
  std::vector<std::string> names;
  for (const FlagName& flag : kFlags) {
    if (flags & flag.bit) names.emplace_back(flag.name);
  }
  return names;
}

}  // namespace ttrace
