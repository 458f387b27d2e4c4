#include "preload/library/steps.h"

#include <fcntl.h>

#include "preload/library/writer.h"

namespace ttrace::preload {

u32 ttrace_handlers_entered = 0;

namespace {

constexpr u32 kMostTold = 64;
constexpr u32 kCheckedWords = 16;  // what the kernel laid there: the return address, siginfo
constexpr unsigned long kMostStack = 8ul << 20;

/// The handler that was entered last, by one thread.
struct Handler {
  i32 thread;  // 0: none
  unsigned long frame, stack_begin;
  unsigned long words[kCheckedWords];
};
Handler last;
u32 told = 0;

i32 this_thread() { return static_cast<i32>(system_call(SYS_gettid)); }

/// On the stack below the frame. Once the handler has returned, what the kernel laid there is soon
/// written over.
bool is_in_handler(unsigned long here) {
  if (here >= last.frame || here < last.stack_begin || last.frame - here > kMostStack) return false;
  const auto* const now = reinterpret_cast<const unsigned long*>(last.frame);
  for (u32 i = 0; i < kCheckedWords; ++i) {
    if (now[i] != last.words[i]) return false;
  }
  return true;
}

void tell(const Step& step) {
  if (__atomic_fetch_add(&told, 1, __ATOMIC_RELAXED) >= kMostTold) return count_dropped();
  auto* const record = reserve_as<StepRecord>(Kind::kStep);
  if (!record) return;
  record->what = step.what;
  record->signal = step.signal;
  record->process = step.process;
  record->value = step.value;
  record->amount = step.amount;
  record->handler = step.handler;
  copy_text(record->function, step.function);
  record->file[0] = record->text[0] = '\0';
  if (step.what == StepRecord::kWrites) {
    char path[32] = "/proc/self/fd/";
    append_number(path, step.value);
    const long size = system_call(SYS_readlinkat, AT_FDCWD, address_of(path),
                                  address_of(record->file), sizeof record->file - 1);
    record->file[size > 0 ? size : 0] = '\0';
    const u64 kept = step.size < sizeof record->text ? step.size : sizeof record->text - 1;
    __builtin_memcpy(record->text, step.text, kept);
    record->text[kept] = '\0';
  }
  commit(&record->record);
}

// Of a return nobody tells: it is noticed at the next call, or the end.
[[gnu::destructor]] void at_end() {
  if (ttrace_handlers_entered) {
    tell_step_in_handler({StepRecord::kReturned, ""}, __builtin_frame_address(0));
  }
}

}  // namespace

void enter_handler(unsigned long frame, unsigned long stack_begin) {
  last.thread = 0;
  last.frame = frame;
  last.stack_begin = stack_begin;
  __builtin_memcpy(last.words, reinterpret_cast<const void*>(frame), sizeof last.words);
  last.thread = this_thread();
  __atomic_store_n(&ttrace_handlers_entered, 1, __ATOMIC_RELEASE);
}

void tell_step_in_handler(const Step& step, const void* here) {
  if (!last.thread || last.thread != this_thread()) return;
  const bool is_inside = is_in_handler(reinterpret_cast<unsigned long>(here));
  if (is_inside && step.what != StepRecord::kReturned) tell(step);
  if (is_inside && step.what != StepRecord::kJumps) return;
  last.thread = 0;
  if (!is_inside) tell({StepRecord::kReturned, ""});
}

void look_if_left(unsigned long here) {
  if (__atomic_load_n(&ttrace_handlers_entered, __ATOMIC_RELAXED)) {
    tell_step_in_handler({StepRecord::kReturned, ""}, reinterpret_cast<const void*>(here));
  }
}

void keep_handler(const void* here) {
  if (!last.thread) return;
  last.thread = this_thread();
  tell_step_in_handler({StepRecord::kForked, "clone"}, here);
}

}  // namespace ttrace::preload
