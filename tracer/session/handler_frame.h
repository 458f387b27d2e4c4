// The frame of a signal handler: where on which stack it runs, so that leaving it can be noticed.
#pragma once

#include <cstdint>
#include <string>

#include "tracer/abi/abi.h"
#include "tracer/engine/tracee.h"

namespace ttrace {

struct HandlerFrame {
  std::uint64_t sp = 0;
  std::uint64_t alt_low = 0, alt_high = 0;  // equal: on the thread's own stack
  bool is_guessed = false;                  // how large that stack is

  bool is_alternate() const { return alt_low != alt_high; }
  /// "an alternate stack of 65536 bytes", "the thread's own stack".
  std::string stack_text() const;
  /// Has a thread with this stack pointer not left the handler?
  bool holds(std::uint64_t stack_pointer) const;
};

/// Of a thread that stands at the first instruction of a handler; `interrupted_sp`: its stack
/// pointer when the signal came.
HandlerFrame handler_frame(const Process& process, const Registers& regs,
                           std::uint64_t interrupted_sp);

}  // namespace ttrace
