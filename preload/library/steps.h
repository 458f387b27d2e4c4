// What a handler does between a signal that dumps core by default and the end of the process: told
// by the calls that it makes. A process that has had no such signal pays one look for it.
#pragma once

#include "preload/library/system.h"

namespace ttrace::preload {

struct Step {
  StepRecord::What what;
  const char* function;  // the system call that it comes to
  int signal = 0;
  int process = 0;
  int value = 0;
  i64 amount = 0;
  u64 handler = 0;
  const char* text = nullptr;  // what is written, `size` bytes
  u64 size = 0;
};

/// A handler is about to run, on the stack below `frame`, at which the kernel left the address that
/// it will return to. `stack_begin`: of the alternate stack that this is; 0: the thread's own.
void enter_handler(unsigned long frame, unsigned long stack_begin);

extern "C" [[gnu::visibility("hidden")]] u32 ttrace_handlers_entered;

/// A signal comes while the thread's stack pointer is `here`: tells if a handler was left before.
void look_if_left(unsigned long here);

/// Tells of `step` if this thread is in a handler. `here`: an address on its stack. Keeps errno.
void tell_step_in_handler(const Step& step, const void* here);

inline void tell_step(const Step& step) {
  if (__atomic_load_n(&ttrace_handlers_entered, __ATOMIC_RELAXED)) {
    tell_step_in_handler(step, __builtin_frame_address(0));
  }
}

/// In a process that was just forked, and has said so: it is where its maker was, and tells if that
/// is in a handler. `here`: an address on its stack.
void keep_handler(const void* here);

}  // namespace ttrace::preload
