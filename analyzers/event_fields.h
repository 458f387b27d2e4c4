// The fields of every Event and of what is recorded beside it: one description for each struct,
// which serves whoever writes and whoever reads it (tracer/recording/wire.h).
//
// The order here is that of the recording's format. A new field goes at the end of its struct's
// line and a new event at the end of Event::what: recordings made before stay readable, with the
// default for what they lack. Nothing here is ever taken out or moved.
#pragma once

#include <concepts>
#include <type_traits>

#include "analyzers/event.h"
#include "analyzers/run_info.h"

namespace ttrace {

/// T is U, or const U.
template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

// clang-format off
auto fields(auto&& v, Is<ProcessRef> auto& x) { return v(x.pid, x.tid, x.comm, x.exe, x.abi); }
auto fields(auto&& v, Is<Frame> auto& x) {
  return v(x.ip, x.module, x.build_id, x.offset, x.function, x.function_offset, x.file, x.line, x.inlined);
}
auto fields(auto&& v, Is<SyscallText> auto& x) { return v(x.name, x.args, x.result); }
auto fields(auto&& v, Is<ApiResult> auto& x) { return v(x.function, x.result, x.error, x.confirmed); }
auto fields(auto&& v, Is<OversizeValue> auto& x) {
  return v(x.source, x.truncated, x.fields, x.seconds, x.path_id, x.syscall, x.stack, x.api_frame, x.api);
}
auto fields(auto&& v, Is<PathRepeated> auto& x) { return v(x.path_id, x.times); }
auto fields(auto&& v, Is<TargetMessage> auto& x) { return v(x.path_id, x.text); }
auto fields(auto&& v, Is<ClockSet> auto& x) { return v(x.seconds, x.syscall, x.stack); }
auto fields(auto&& v, Is<WrappedArgument> auto& x) {
  return v(x.path_id, x.is_stamp, x.seconds, x.syscall, x.stack);
}
auto fields(auto&& v, Is<CutTimeWritten> auto& x) {
  return v(x.path_id, x.text, x.seconds, x.syscall, x.stack);
}
auto fields(auto&& v, Is<CallRefused> auto& x) {
  return v(x.path_id, x.is_time32, x.error, x.syscall, x.stack);
}
auto fields(auto&& v, Is<SocketAddress> auto& x) {
  return v(x.family, x.address, x.port, x.service, x.host);
}
auto fields(auto&& v, Is<SocketLimits> auto& x) {
  return v(x.send_timeout, x.user_timeout, x.syn_count);
}
auto fields(auto&& v, Is<Connect> auto& x) {
  return v(x.to, x.fate, x.blocking, x.started, x.duration, x.slow, x.error, x.settled_by, x.limits,
           x.fault, x.would_hang, x.syscall, x.stack);
}
auto fields(auto&& v, Is<ThreadBlocked> auto& x) { return v(x.syscall, x.on, x.kernel_wait, x.stack, x.when, x.lasted); }
auto fields(auto&& v, Is<SignalAction> auto& x) {
  return v(x.signal, x.what, x.address, x.flags, x.syscall);
}
auto fields(auto&& v, Is<CoreSetting> auto& x) { return v(x.what, x.pid, x.value, x.syscall); }
auto fields(auto&& v, Is<CoreConditions> auto& x) {
  return v(x.limit, x.file_limit, x.pattern, x.uses_pid, x.suid_dumpable, x.target, x.directory,
           x.place, x.program, x.program_state, x.is_init, x.filter, x.systemd, x.simulated);
}
auto fields(auto&& v, Is<ThreadStack> auto& x) { return v(x.tid, x.comm, x.stack); }
auto fields(auto&& v, Is<FatalSignal> auto& x) {
  return v(x.story, x.signal, x.code, x.address, x.mapped, x.sender, x.sender_text, x.injected,
           x.action, x.registers, x.stack, x.threads, x.core);
}
auto fields(auto&& v, Is<CrashStep> auto& x) {
  return v(x.story, x.kind, x.pid, x.signal, x.value, x.function, x.detail, x.text, x.syscall, x.libc);
}
auto fields(auto&& v, Is<CrashEnd> auto& x) {
  return v(x.story, x.code, x.signal, x.core_dumped, x.core_size, x.core_wanted);
}
auto fields(auto&& v, Is<CorePiped> auto& x) {
  return v(x.story, x.pid, x.command, x.core_size, x.code, x.signal);
}
auto fields(auto&& v, Is<ProcessStarted> auto& x) { return v(x.parent); }
auto fields(auto&& v, Is<ProcessExeced> auto& x) { return v(x.argv); }
auto fields(auto&& v, Is<ProcessExited> auto& x) { return v(x.code, x.signal); }
auto fields(auto&& v, Is<Event> auto& x) { return v(x.at, x.process, x.what); }
auto fields(auto&& v, Is<RunInfo::Clock> auto& x) { return v(x.start, x.rate, x.file_times); }
auto fields(auto&& v, Is<RunInfo::Baseline> auto& x) { return v(x.file, x.known); }
auto fields(auto&& v, Is<RunInfo> auto& x) {
  return v(x.version, x.command, x.root, x.engine, x.started, x.duration, x.clock, x.exit_code,
           x.exit_signal, x.processes, x.processes_32bit, x.events, x.stops, x.dropped,
           x.time_served, x.limits, x.attached, x.baseline);
}
// clang-format on

/// The last value of each enum that is recorded: what is read may not lie beyond it.
template <typename Enum>
inline constexpr Enum kLast =
    [] { static_assert(sizeof(Enum) == 0, "name its last value below"); }();
template <>
inline constexpr auto kLast<OversizeValue::Source> = OversizeValue::Source::kFile;
template <>
inline constexpr auto kLast<Connect::Fate> = Connect::Fate::kStillBlocked;
template <>
inline constexpr auto kLast<ThreadBlocked::When> = ThreadBlocked::When::kAttached;
template <>
inline constexpr auto kLast<SignalAction::What> = SignalAction::What::kHandler;
template <>
inline constexpr auto kLast<CoreSetting::What> = CoreSetting::What::kOther;
template <>
inline constexpr auto kLast<CoreConditions::Place> = CoreConditions::Place::kReadOnly;
template <>
inline constexpr auto kLast<CoreConditions::Program> = CoreConditions::Program::kNotExecutable;
template <>
inline constexpr auto kLast<CrashStep::Kind> = CrashStep::Kind::kLost;

}  // namespace ttrace
