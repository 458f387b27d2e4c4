// Times that the target hands to the kernel: absolute ones are the target's wall clock and must
// become the machine's, and with --rate also spans must become as long as they really are to be.
// The kernel is given a translated copy below the target's stack; the target's own memory and
// registers look untouched. The table of calls is in time_args_table.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tracer/clock/run_clock.h"
#include "tracer/engine/interceptor.h"
#include "tracer/intercept/time_forms.h"

namespace ttrace {

/// What a time in an argument means.
struct Meaning {
  enum class Kind { kNothing, kSpan, kAbsolute, kStamps } kind = Kind::kNothing;
  clockid_t clock = CLOCK_REALTIME;  // for kAbsolute
};

/// One call that takes a time.
struct TimeArg {
  Abi abi;
  const char* syscall;
  unsigned arg;  // that points to the time; 6: none, see milliseconds
  Form form;
  Width width;
  Meaning (*meaning)(const SyscallStop&);
  /// Without --rate only these calls can be absolute: the filter stops at no others.
  std::vector<Subscription::Condition> when_absolute;
  bool absolute_possible;
  /// The kernel writes the remaining span to this argument (`arg` itself: in place; 6: none).
  unsigned remaining_arg = 6;
};

/// A call with a span in a register.
struct SpanArg {
  Abi abi;
  const char* syscall;
  unsigned arg;
  std::int64_t unit_ns;  // of the register: milliseconds or seconds
  bool result_is_span;   // alarm(2): what was left of the former one
};

const std::vector<TimeArg>& time_args();
const std::vector<SpanArg>& span_args();

class WrappedReporter;

class TimeArgs : public Interceptor {
 public:
  struct Parts {
    const RunClock& clock;
    WrappedReporter* wrapped;  // null: not reported
    bool shift_files;
  };
  explicit TimeArgs(const Parts& parts);
  void subscribe(std::vector<Subscription>& subscriptions) override;
  Next on_entry(SyscallStop& stop) override;
  void on_exit(SyscallStop& stop) override;

 private:
  Next translate(SyscallStop& stop, const TimeArg& row);
  Next translate_register(SyscallStop& stop, const SpanArg& row);
  std::optional<shim::Time> translated(const Meaning& meaning, Form form, std::size_t index,
                                       const shim::Time& time) const;
  void give_back_remaining(SyscallStop& stop, const TimeArg& row);

  Parts parts_;
  std::map<std::pair<Abi, SyscallNr>, const TimeArg*> times_;
  std::map<std::pair<Abi, SyscallNr>, const SpanArg*> spans_;
};

}  // namespace ttrace
