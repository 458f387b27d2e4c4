// Trace events for Perfetto (ui.perfetto.dev) and chrome://tracing: the JSON object form of
// Google's "Trace Event Format". Each program that a process executes is a slice on its first
// thread, each connect one on its own; a fork is an arrow from parent to child, and each finding,
// and each step of a crash, an instant. Only what still lasts is kept: all else is written as it
// ends.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analyzers/connect_wording.h"
#include "analyzers/event_text.h"
#include "analyzers/finding_kinds.h"
#include "analyzers/place.h"
#include "analyzers/report/builtin.h"
#include "analyzers/report/json_parts.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

using Time = std::chrono::nanoseconds;

/// The format's unit is the microsecond.
double microseconds(Time time) { return static_cast<double>(time.count()) / 1000; }

Json stack_args(const Stack& stack, std::size_t depth = kWholeStack) {
  Json lines = Json::array();
  for (const Frame& frame : stack) {
    if (lines.size() == depth) break;
    lines.push_back(printable(function_text(frame) + "  " + frame.module));
  }
  return lines;
}

/// An event of phase `phase` at `at`, in the thread `tid` of `pid`.
Json trace_event(const char* phase, Time at, int pid, int tid) {
  return {{"ph", phase}, {"ts", microseconds(at)}, {"pid", pid}, {"tid", tid}};
}

class TraceRenderer : public Renderer {
 public:
  std::string on_event(const Event& event, const ReportOptions& options) override {
    out_.clear();
    depth_ = options.stack_depth;
    announce(event);
    std::visit([&](const auto& what) { take(event, what); }, event.what);
    return std::move(out_);
  }

  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& /*options*/) override {
    out_.clear();
    for (const auto& [pid, process] : live_) end_program(pid, process, run.duration, "");
    live_.clear();
    for (const Finding& finding : findings) add_finding(finding);
    if (is_first_) out_ += kHead;
    const Json about = {{"tool", "ttrace " + run.version}, {"run", run_json(run)}};
    return std::move(out_) + "\n],\n\"otherData\": " + to_text(about) + "}\n";
  }

 private:
  static constexpr const char* kHead = "{\"displayTimeUnit\": \"ms\",\n\"traceEvents\": [\n";

  /// A process that is still there.
  struct Process {
    Time since{0};        // of the program that it executes
    std::string program;  // its name
    std::set<int> threads;
  };

  void write(const Json& json) {
    out_ += std::exchange(is_first_, false) ? kHead : ",\n";
    out_ += to_text(json);
  }

  void name(const char* what, int pid, int tid, const std::string& value) {
    write({{"ph", "M"},
           {"name", what},
           {"ts", 0},
           {"pid", pid},
           {"tid", tid},
           {"args", {{"name", printable(value)}}}});
  }

  /// Names a process or thread that was not seen before.
  void announce(const Event& event) {
    const ProcessRef& who = event.process;
    const auto [found, is_new] = live_.try_emplace(who.pid);
    if (is_new) begin_program(found->second, who, event.at);
    if (found->second.threads.insert(who.tid).second) {
      name("thread_name", who.pid, who.tid, who.comm);
    }
  }

  void begin_program(Process& process, const ProcessRef& who, Time at) {
    process.since = at;
    process.program = who.comm;
    process.threads.insert(who.pid);
    name("process_name", who.pid, who.pid, fmt::format("{} ({})", who.comm, who.abi));
    name("thread_name", who.pid, who.pid, who.comm);
  }

  void end_program(int pid, const Process& process, Time at, const std::string& how) {
    Json slice = trace_event("X", process.since, pid, pid);
    slice.update({{"dur", microseconds(at - process.since)},
                  {"name", printable(process.program)},
                  {"cat", "process"}});
    if (!how.empty()) slice["args"] = {{"end", how}};
    write(slice);
  }

  void instant(const Event& event, const char* category) {
    Json json = trace_event("i", event.at, event.process.pid, event.process.tid);
    json.update({{"s", "t"}, {"name", printable(event_text(event))}, {"cat", category}});
    write(json);
  }

  void take(const Event& event, const ProcessStarted& started) {
    if (live_.count(started.parent) == 0) return;
    Json from = trace_event("s", event.at, started.parent, started.parent);
    from.update({{"name", "fork"}, {"cat", "process"}, {"id", ++arrows_}});
    Json to = trace_event("f", event.at, event.process.pid, event.process.tid);
    to.update({{"bp", "e"}, {"name", "fork"}, {"cat", "process"}, {"id", arrows_}});
    write(from);
    write(to);
  }

  void take(const Event& event, const ProcessExeced&) {
    Process& process = live_[event.process.pid];
    if (process.since == event.at) return;  // the run's first
    end_program(event.process.pid, process, event.at, "executes " + event.process.comm);
    begin_program(process, event.process, event.at);
  }

  void take(const Event& event, const ProcessExited& exited) {
    const auto found = live_.find(event.process.pid);
    end_program(event.process.pid, found->second, event.at, exit_text(exited.code, exited.signal));
    live_.erase(found);
  }

  void take(const Event& event, const Connect& connect) {
    const ProcessRef& who = event.process;
    Json args = {{"what", printable(event_text(event))},
                 {"stack", stack_args(connect.stack, depth_)}};
    // One that was under way at an attach is shown from there: no time may be negative.
    const Time start = std::max(connect.started, Time{0});
    const Time end = std::max(connect.started + connect.duration, start);
    Json slice = trace_event(connect.blocking ? "X" : "b", start, who.pid, who.tid);
    slice.update({{"name", printable("connect " + endpoint_text(connect.to))},
                  {"cat", "connect"},
                  {"args", args}});
    if (connect.blocking) {
      slice["dur"] = microseconds(end - start);
      write(slice);
      return;
    }
    // Those that do not block may overlap on one thread: each gets a track of its own.
    slice["id"] = ++tracks_;
    write(slice);
    slice["ph"] = "e";
    slice["ts"] = microseconds(end);
    write(slice);
  }

  void take(const Event& event, const TargetMessage&) { instant(event, "message"); }
  void take(const Event& event, const SignalAction&) { instant(event, "crash"); }
  void take(const Event& event, const CoreSetting&) { instant(event, "crash"); }
  void take(const Event& event, const CrashStep&) { instant(event, "crash"); }
  void take(const Event& event, const CorePiped&) { instant(event, "crash"); }
  /// All others become findings.
  template <typename Other>
  void take(const Event&, const Other&) {}

  void add_finding(const Finding& finding) {
    Json json = trace_event("i", finding.first_at, finding.process.pid, finding.process.tid);
    Json args = {{"message", printable(finding.message)},
                 {"level", level_name(finding.level)},
                 {"count", finding.count},
                 {"stack", stack_args(finding.stack)}};
    if (!finding.hint.empty()) args["hint"] = printable(finding.hint);
    json.update({{"s", "t"}, {"name", printable(finding.id)}, {"cat", "finding"}, {"args", args}});
    write(json);
  }

  std::map<int, Process> live_;
  bool is_first_ = true;
  std::size_t depth_ = kWholeStack;
  std::uint64_t arrows_ = 0;
  std::uint64_t tracks_ = 0;
  std::string out_;
};

}  // namespace

std::unique_ptr<Renderer> make_trace_renderer() { return std::make_unique<TraceRenderer>(); }

}  // namespace ttrace
