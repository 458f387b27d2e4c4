#include "tracer/session/oversize_reporter.h"

#include <algorithm>

#include "tracer/abi/syscall_table.h"
#include "tracer/intercept/arg_text.h"
#include "tracer/session/oversize_value.h"

namespace ttrace {
namespace {

// What is needed to recognise a call path and to find the libc function, however few frames the
// user wants to see.
constexpr std::size_t kLeastDepth = 16;
// System calls of a thread that are looked at for a message of the program about the failure.
constexpr unsigned kListenBudget = 400;

/// The physical frame of `stack` (which has inlined ones too) for each frame of `raw_stack`.
std::vector<std::size_t> physical_frames(const Stack& stack, const RawStack& raw_stack) {
  std::vector<std::size_t> at(raw_stack.size(), stack.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < stack.size() && next < at.size(); ++i) {
    if (!stack[i].inlined && stack[i].ip == raw(raw_stack[next].ip)) at[next++] = i;
  }
  return at;
}

}  // namespace

OversizeReporter::OversizeReporter(EventSink& sink, StackWalker& walker, std::size_t stack_depth)
    : sink_(sink),
      walker_(walker),
      depth_(stack_depth),
      returns_([this](const Event& event) { sink_.emit(event); }) {}

void OversizeReporter::report(Tracee& tracee, const shim::Report& report, const UnwindState& state,
                              RemotePtr sp_at_entry) {
  Process& process = *tracee.process;
  const RawStack raw_stack =
      walker_.walk(process.pid, tracee.tid, state, std::max(depth_, kLeastDepth));
  if (raw_stack.empty()) return;
  Event event = sink_.make(process, tracee.tid);
  const auto path = paths_.learn(process, raw_stack, sp_at_entry, report.reasons);
  if (!path.is_new) {
    event.what = PathRepeated{path.id, 1};
    return sink_.emit(event);
  }
  OversizeValue value = describe_oversize(report.reasons, report.time.s);
  value.path_id = path.id;
  value.syscall = {syscall_name(Abi::kI386, SyscallNr{static_cast<int>(report.syscall)}),
                   syscall_args_text(process.pid, Abi::kI386,
                                     SyscallNr{static_cast<int>(report.syscall)}, report.args),
                   0};
  value.stack = walker_.symbolize(process.pid, raw_stack);
  event.what = std::move(value);
  settle(tracee, std::move(event), raw_stack);
}

// The function that the program called is the outermost of the unbroken run of libc frames. In a
// static program libc has no module of its own: there it is the outermost of the first frames
// whose name is that of a call with a 32-bit time.
void OversizeReporter::settle(Tracee& tracee, Event event, const RawStack& raw_stack) {
  auto& value = std::get<OversizeValue>(event.what);
  const Pid pid = tracee.process->pid;
  const auto frames = physical_frames(value.stack, raw_stack);
  const auto function = [&](std::size_t i) -> std::optional<std::string> {
    return frames[i] < value.stack.size() ? value.stack[frames[i]].function : std::nullopt;
  };
  std::optional<std::size_t> api;
  for (std::size_t i = 0; i < raw_stack.size() && walker_.is_libc(pid, raw_stack[i].ip); ++i) {
    api = i;
  }
  const bool has_libc = api.has_value();
  // A local function of libc has no name (ftw() jumps to one): then it is the call inside it.
  for (std::size_t i = api.value_or(0); has_libc && !function(*api) && i-- > 0;) {
    if (function(i) && find_time32(*function(i))) api = i;
  }
  constexpr std::size_t kInnermost = 6;
  for (std::size_t i = 0; !has_libc && i < std::min(kInnermost, raw_stack.size()); ++i) {
    if (function(i) && find_time32(*function(i))) api = i;
  }
  if (api) {
    value.api_frame = frames[*api];
    value.api.function = function(*api);
  }
  const Time32Row* const row = value.api.function ? find_time32(*value.api.function) : nullptr;
  if (row || !value.api.function) {
    tracee.listen_budget = kListenBudget;
    tracee.listen_path = value.path_id;
  }
  if (value.truncated) {
    value.api.confirmed = true;
    return sink_.emit(event);
  }
  // A named function that carries no 32-bit time was served well.
  if (value.api.function && !row) return sink_.emit(event);
  const std::size_t first = value.api.function ? *api : 0;
  const std::size_t last = value.api.function ? *api + 1 : tracee.probes.size();
  returns_.watch(tracee, std::move(event), raw_stack, first, last);
}

}  // namespace ttrace
