#include "analyzers/report/json_parts.h"

#include <fmt/format.h>

#include "analyzers/finding_kinds.h"
#include "analyzers/fingerprint.h"

namespace ttrace {
namespace {

Json frame_json(const Frame& frame) {
  return {{"ip", hex_json(frame.ip)},
          {"module", text_or_null(frame.module)},
          {"build_id", text_or_null(frame.build_id)},
          {"offset", hex_or_null(frame.offset)},
          {"function", or_null(frame.function)},
          {"function_offset", hex_or_null(frame.function_offset)},
          {"file", or_null(frame.file)},
          {"line", or_null(frame.line)},
          {"inlined", frame.inlined}};
}

Json connect_json(const std::optional<ConnectFacts>& connect) {
  if (!connect) return nullptr;
  Json json = address_json(connect->to);
  json.update(
      {{"blocking", connect->blocking},
       {"duration_s", seconds(connect->longest)},
       {"total_s", seconds(connect->total)},
       {"attempts", connect->attempts},
       {"ended", connect->ended},
       {"errno", or_null(connect->error)},
       {"settled_by", text_or_null(connect->settled_by)},
       {"options", limits_json(connect->limits)},
       {"fault", text_or_null(connect->fault)},
       {"series", {{"addresses", connect->series}, {"total_s", seconds(connect->series_total)}}}});
  return json;
}

Json core_json(const std::optional<CoreFacts>& core) {
  if (!core) return nullptr;
  const bool unlimited = core->limit == CoreConditions::kUnlimited;
  return {{"kept", core->kept},
          {"pattern", core->pattern},
          {"where", text_or_null(core->where)},
          {"size", core->size},
          {"limit", unlimited ? Json("unlimited") : Json(core->limit)},
          {"coredump_filter", text_or_null(core->filter)},
          {"program_exit", or_null(core->exit_code)}};
}

Json step_json(const StoryStep& step) {
  return {{"at_s", seconds(step.at)},
          {"pid", step.pid},
          {"kind", step.kind},
          {"text", step.text},
          {"syscall", syscall_json(step.syscall)}};
}

Json crash_json(const std::optional<CrashFacts>& crash) {
  if (!crash) return nullptr;
  Json steps = Json::array();
  for (const StoryStep& step : crash->steps) steps.push_back(step_json(step));
  return {{"signal", crash->signal},
          {"code", text_or_null(crash->code)},
          {"address", hex_or_null(crash->address)},
          {"mapped", text_or_null(crash->mapped)},
          {"sender", text_or_null(crash->sender)},
          {"injected", crash->injected},
          {"outcome", crash->outcome},
          {"handler", text_or_null(crash->handler)},
          {"handler_flags", crash->handler_flags},
          {"registers", registers_json(crash->registers)},
          {"threads", threads_json(crash->threads)},
          {"steps", steps},
          {"core", core_json(crash->core)}};
}

Json clock_json(const std::optional<RunInfo::Clock>& clock) {
  if (!clock) return nullptr;
  return {{"start", clock->start}, {"rate", clock->rate}, {"file_times", clock->file_times}};
}

Json baseline_json(const std::optional<RunInfo::Baseline>& baseline) {
  if (!baseline) return nullptr;
  return {{"file", baseline->file}, {"known", baseline->known}};
}

Json coverage_json(const RunInfo& run) {
  Json coverage = Json::object();
  for (const auto& [pid, how] : run.time_served) coverage[std::to_string(pid)] = how;
  return coverage;
}

}  // namespace

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json hex_json(std::uint64_t value) { return fmt::format("{:#x}", value); }

Json hex_or_null(const std::optional<std::uint64_t>& value) {
  return value ? hex_json(*value) : Json(nullptr);
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

Json process_json(const ProcessRef& process) {
  return {{"pid", process.pid},
          {"tid", process.tid},
          {"comm", process.comm},
          {"exe", process.exe},
          {"abi", process.abi}};
}

Json syscall_json(const std::optional<SyscallText>& syscall) {
  if (!syscall) return nullptr;
  return {{"name", syscall->name}, {"args", syscall->args}, {"result", or_null(syscall->result)}};
}

Json api_json(const ApiResult& api) {
  return {{"function", or_null(api.function)},
          {"result", or_null(api.result)},
          {"errno", or_null(api.error)},
          {"confirmed", api.confirmed}};
}

Json address_json(const SocketAddress& to) {
  return {{"family", to.family},
          {"address", to.address},
          {"port", or_null(to.port)},
          {"service", text_or_null(to.service)},
          {"host", text_or_null(to.host)}};
}

Json limits_json(const std::optional<SocketLimits>& limits) {
  if (!limits) return nullptr;
  return {{"send_timeout_s", seconds(limits->send_timeout)},
          {"user_timeout_s", seconds(limits->user_timeout)},
          {"syn_count", limits->syn_count}};
}

Json stack_json(const Stack& frames, std::size_t depth) {
  Json stack = Json::array();
  for (const Frame& frame : frames) {
    if (stack.size() == depth) break;
    stack.push_back(frame_json(frame));
  }
  return stack;
}

Json threads_json(const std::vector<ThreadStack>& threads, std::size_t depth) {
  Json json = Json::array();
  for (const ThreadStack& thread : threads) {
    json.push_back(
        {{"tid", thread.tid}, {"comm", thread.comm}, {"stack", stack_json(thread.stack, depth)}});
  }
  return json;
}

Json registers_json(const std::vector<std::pair<std::string, std::uint64_t>>& registers) {
  Json json = Json::object();
  for (const auto& [name, value] : registers) json[name] = hex_json(value);
  return json;
}

Json finding_json(const Finding& finding) {
  return {{"id", finding.id},
          {"level", level_name(finding.level)},
          {"message", finding.message},
          {"count", finding.count},
          {"first_at_s", seconds(finding.first_at)},
          {"process", process_json(finding.process)},
          {"syscall", syscall_json(finding.syscall)},
          {"api", finding.api ? api_json(*finding.api) : Json(nullptr)},
          {"value", or_null(finding.value)},
          {"connect", connect_json(finding.connect)},
          {"crash", crash_json(finding.crash)},
          {"stack", stack_json(finding.stack)},
          {"said", finding.said},
          {"hint", finding.hint},
          {"fingerprint", fingerprint(finding)}};
}

Json run_json(const RunInfo& run) {
  return {{"command", run.command},
          {"attached", run.attached},
          {"root", or_null(run.root)},
          {"engine", run.engine},
          {"started", run.started},
          {"duration_s", seconds(run.duration)},
          {"clock", clock_json(run.clock)},
          {"exit", {{"code", or_null(run.exit_code)}, {"signal", or_null(run.exit_signal)}}},
          {"processes", run.processes},
          {"processes_32bit", run.processes_32bit},
          {"events", run.events},
          {"stops", run.stops},
          {"dropped", run.dropped},
          {"baseline", baseline_json(run.baseline)},
          {"coverage", coverage_json(run)},
          {"limits", run.limits}};
}

std::string to_text(const Json& json, int indent) {
  return json.dump(indent, ' ', true, Json::error_handler_t::replace);
}

}  // namespace ttrace
