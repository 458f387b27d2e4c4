#include "analyzers/report/event_json.h"

#include "analyzers/crash_wording.h"
#include "analyzers/event_text.h"
#include "analyzers/time_text.h"

namespace ttrace {
namespace {

Json errno_json(const std::optional<int>& error) {
  return error && *error != 0 ? Json(errno_text(*error)) : Json(nullptr);
}

Json signal_json(const std::optional<int>& signal) {
  return signal ? Json(crash_signal_name(*signal)) : Json(nullptr);
}

Json time_json(std::int64_t time) { return {{"seconds", time}, {"utc", utc_text(time)}}; }

Json what_json(const OversizeValue& value, std::size_t depth) {
  return {{"path", value.path_id},
          {"of", value.source == OversizeValue::Source::kClock ? "clock" : "file"},
          {"truncated", value.truncated},
          {"fields", value.fields},
          {"time", value.seconds ? time_json(*value.seconds) : Json(nullptr)},
          {"syscall", syscall_json(value.syscall)},
          {"api", api_json(value.api)},
          {"stack", stack_json(value.stack, depth)}};
}

Json what_json(const PathRepeated& repeated, std::size_t) {
  return {{"path", repeated.path_id}, {"times", repeated.times}};
}

Json what_json(const TargetMessage& message, std::size_t) {
  return {{"path", message.path_id}, {"said", message.text}};
}

Json what_json(const ClockSet& set, std::size_t depth) {
  return {{"time", time_json(set.seconds)},
          {"syscall", syscall_json(set.syscall)},
          {"stack", stack_json(set.stack, depth)}};
}

Json what_json(const WrappedArgument& argument, std::size_t depth) {
  return {{"path", argument.path_id},
          {"of", argument.is_stamp ? "file" : "wait"},
          {"time", time_json(argument.seconds)},
          {"syscall", syscall_json(argument.syscall)},
          {"stack", stack_json(argument.stack, depth)}};
}

Json what_json(const CutTimeWritten& written, std::size_t depth) {
  return {{"path", written.path_id},
          {"wrote", written.text},
          {"time", time_json(written.seconds)},
          {"syscall", syscall_json(written.syscall)},
          {"stack", stack_json(written.stack, depth)}};
}

Json what_json(const CallRefused& refused, std::size_t depth) {
  return {{"path", refused.path_id},
          {"time32", refused.is_time32},
          {"errno", refused.error},
          {"syscall", syscall_json(refused.syscall)},
          {"stack", stack_json(refused.stack, depth)}};
}

const char* fate_name(Connect::Fate fate) {
  switch (fate) {
    case Connect::Fate::kAbandoned:
      return "abandoned";
    case Connect::Fate::kStillBlocked:
      return "still-blocked";
    case Connect::Fate::kLetGo:
      return "let-go";
    case Connect::Fate::kEnded:
      break;
  }
  return "ended";
}

Json what_json(const Connect& connect, std::size_t depth) {
  return {{"to", address_json(connect.to)},
          {"fate", fate_name(connect.fate)},
          {"blocking", connect.blocking},
          {"started_s", seconds(connect.started)},
          {"duration_s", seconds(connect.duration)},
          {"connected", connect.error == 0},
          {"errno", errno_json(connect.error)},
          {"settled_by", text_or_null(connect.settled_by)},
          {"options", limits_json(connect.limits)},
          {"fault", text_or_null(connect.fault)},
          {"syscall", syscall_json(connect.syscall)},
          {"stack", stack_json(connect.stack, depth)}};
}

Json what_json(const ThreadBlocked& blocked, std::size_t depth) {
  const bool attached = blocked.when == ThreadBlocked::When::kAttached;
  return {{"when", attached ? "attached" : "time-up"},
          {"at_least_s", blocked.lasted ? Json(seconds(*blocked.lasted)) : Json(nullptr)},
          {"syscall", blocked.syscall.name.empty() ? Json(nullptr) : syscall_json(blocked.syscall)},
          {"on", text_or_null(blocked.on)},
          {"kernel_wait", text_or_null(blocked.kernel_wait)},
          {"stack", stack_json(blocked.stack, depth)}};
}

const char* action_name(SignalAction::What what) {
  switch (what) {
    case SignalAction::What::kIgnored:
      return "ignored";
    case SignalAction::What::kHandler:
      return "handler";
    case SignalAction::What::kDefault:
      break;
  }
  return "default";
}

Json what_json(const SignalAction& action, std::size_t) {
  return {{"signal", crash_signal_name(action.signal)},
          {"action", action_name(action.what)},
          {"handler", action.address == 0 ? Json(nullptr) : hex_json(action.address)},
          {"flags", action.flags},
          {"syscall", syscall_json(action.syscall)}};
}

Json what_json(const CoreSetting& setting, std::size_t) {
  return {
      {"of", setting.pid}, {"value", setting.value}, {"syscall", syscall_json(setting.syscall)}};
}

Json what_json(const FatalSignal& fatal, std::size_t depth) {
  return {{"story", fatal.story},
          {"signal", crash_signal_name(fatal.signal)},
          {"code", text_or_null(fatal.code)},
          {"address", hex_or_null(fatal.address)},
          {"mapped", text_or_null(fatal.mapped)},
          {"sender", text_or_null(fatal.sender_text)},
          {"injected", fatal.injected},
          {"action", action_name(fatal.action)},
          {"registers", registers_json(fatal.registers)},
          {"stack", stack_json(fatal.stack, depth)},
          {"threads", threads_json(fatal.threads, depth)},
          {"core_pattern", fatal.core.pattern}};
}

Json what_json(const CrashStep& step, std::size_t) {
  return {{"story", step.story},
          {"step", step_kind(step)},
          {"syscall", step.syscall.name.empty() ? Json(nullptr) : syscall_json(step.syscall)},
          {"by", step.libc}};
}

Json what_json(const CrashEnd& end, std::size_t) {
  return {{"story", end.story},
          {"code", or_null(end.code)},
          {"signal", signal_json(end.signal)},
          {"core_dumped", end.core_dumped},
          {"core_size", end.core_size}};
}

Json what_json(const CorePiped& piped, std::size_t) {
  return {{"story", piped.story},        {"program", piped.pid},
          {"command", piped.command},    {"core_size", piped.core_size},
          {"code", or_null(piped.code)}, {"signal", signal_json(piped.signal)}};
}

Json what_json(const ProcessStarted& started, std::size_t) { return {{"parent", started.parent}}; }
Json what_json(const ProcessExeced& execed, std::size_t) { return {{"argv", execed.argv}}; }

Json what_json(const ProcessExited& exited, std::size_t) {
  return {{"code", or_null(exited.code)}, {"signal", signal_json(exited.signal)}};
}

}  // namespace

Json event_json(const Event& event, std::size_t depth) {
  Json json = {{"type", "event"},
               {"kind", event_kind(event)},
               {"at_s", seconds(event.at)},
               {"process", process_json(event.process)},
               {"text", event_text(event)}};
  json.update(std::visit([&](const auto& what) { return what_json(what, depth); }, event.what));
  return json;
}

}  // namespace ttrace
