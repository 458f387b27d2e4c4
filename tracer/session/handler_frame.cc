#include "tracer/session/handler_frame.h"

#include <fmt/format.h>

#include <array>

#include "tracer/engine/remote_memory.h"

namespace ttrace {

bool HandlerFrame::holds(std::uint64_t stack_pointer) const {
  if (!is_alternate()) return stack_pointer <= sp;
  return stack_pointer >= alt_low && stack_pointer < alt_high;
}

std::string HandlerFrame::stack_text() const {
  if (!is_alternate()) return "the thread's own stack";
  return is_guessed ? "an alternate stack"
                    : fmt::format("an alternate stack of {} bytes", alt_high - alt_low);
}

// The kernel left on the stack what it would restore, with the alternate stack's place: struct
// rt_sigframe and ucontext in arch/x86/include/asm/sigframe.h.
HandlerFrame handler_frame(const Process& process, const Registers& regs,
                           std::uint64_t interrupted_sp) {
  HandlerFrame frame;
  frame.sp = regs.rsp;
  const bool narrow = abi_of(regs) == Abi::kI386;
  std::uint64_t context = regs.rsp + 8;
  if (narrow) {
    const auto words = read_object<std::array<std::uint32_t, 4>>(process.pid, RemotePtr{regs.rsp});
    // Without SA_SIGINFO an older frame, which has no such place.
    context = words && (*words)[3] == regs.rsp + 144 ? (*words)[3] : 0;
  }
  std::uint64_t low = 0, size = 0;
  if (context != 0) {
    const unsigned word = narrow ? 4 : 8;
    const RemotePtr stack{context + 2 * word};
    (void)read_memory(process.pid, stack, &low, word);
    (void)read_memory(process.pid, stack + 2 * word, &size, word);
  } else if (interrupted_sp < regs.rsp || interrupted_sp - regs.rsp > 65536) {
    frame.is_guessed = true;
    low = regs.rsp & ~std::uint64_t{4095};
    size = 8192;
  }
  if (regs.rsp >= low && regs.rsp < low + size) {
    frame.alt_low = low;
    frame.alt_high = low + size;
  }
  return frame;
}

}  // namespace ttrace
