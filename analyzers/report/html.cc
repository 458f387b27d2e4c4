// The report of a run as a page: see html_page.h.
#include <fmt/format.h>

#include "analyzers/connect_wording.h"
#include "analyzers/event_text.h"
#include "analyzers/place.h"
#include "analyzers/report/builtin.h"
#include "analyzers/report/html_page.h"
#include "analyzers/report/summary.h"
#include "analyzers/report/text_format.h"
#include "analyzers/report/timeline.h"

namespace ttrace {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

void add_if(Facts& facts, const char* label, const std::string& text) {
  if (!text.empty()) facts.emplace_back(label, text);
}

std::string api_text(const ApiResult& api) {
  std::string text = api.function ? *api.function + "()" : "a call without a symbol";
  if (api.result) text += fmt::format(" = {}", *api.result);
  if (api.error) text += " " + *api.error;
  return text + (api.confirmed ? ", seen at its return" : "");
}

void add_connect(Facts& facts, const ConnectFacts& connect) {
  add_if(facts, "Connects to", place_text(connect.to));
  add_if(facts, "Attempts",
         fmt::format("{}, {} together, the longest {}", connect.attempts, span_text(connect.total),
                     span_text(connect.longest)));
  add_if(facts, "Ended by", connect.error.value_or(""));
  add_if(facts, "Fault applied", connect.fault);
}

void add_crash(Facts& facts, const CrashFacts& crash) {
  add_if(facts, "Signal", crash.code.empty() ? crash.signal : crash.signal + ", " + crash.code);
  if (crash.address)
    add_if(facts, "Address", fmt::format("{:#x} {}", *crash.address, crash.mapped));
  add_if(facts, "Sent by", crash.sender);
  add_if(facts, "Outcome", crash.outcome);
  add_if(facts, "Handler", crash.handler);
  std::string registers;
  for (const auto& [name, value] : crash.registers) {
    registers += fmt::format("{}{}={:#x}", registers.empty() ? "" : " ", name, value);
  }
  add_if(facts, "Registers", registers);
}

Facts facts_of(const Finding& finding) {
  Facts facts;
  const ProcessRef& process = finding.process;
  add_if(facts, "Process",
         fmt::format("{} {} {}", process_text(process), process.abi, process.exe));
  if (finding.syscall) add_if(facts, "Kernel", syscall_text(*finding.syscall));
  if (finding.api) add_if(facts, "Library", api_text(*finding.api));
  add_if(facts, "Value", finding.value.value_or(""));
  const char* label = "It said";
  for (const std::string& said : finding.said) {
    add_if(facts, label, said);
    label = "";
  }
  if (finding.connect) add_connect(facts, *finding.connect);
  if (finding.crash) add_crash(facts, *finding.crash);
  return facts;
}

HtmlRow row_of(const Finding& finding) {
  HtmlRow row;
  row.id = finding.id;
  row.level = finding.level;
  row.message = finding.message;
  row.who = finding.process.exe.empty() ? finding.process.comm : finding.process.exe;
  const Frame* const mend = place_to_mend(finding.stack);
  row.file = mend != nullptr ? mend->module : row.who;
  if (mend != nullptr) row.symbol = mend->function.value_or("");
  row.count = finding.count;
  row.at_s = seconds(finding.first_at);
  row.pid = finding.process.pid;
  row.hint = finding.hint;
  row.facts = facts_of(finding);
  if (!finding.stack.empty()) row.stacks.emplace_back("Stack", &finding.stack);
  if (!finding.crash) return row;
  for (const ThreadStack& thread : finding.crash->threads) {
    row.stacks.emplace_back(fmt::format("Thread {} {}", thread.tid, thread.comm), &thread.stack);
  }
  row.story = finding.crash->steps;
  return row;
}

Json head_facts(const RunInfo& run) {
  Json facts = Json::array();
  const auto add = [&](const char* label, const std::string& text) {
    if (!text.empty()) facts.push_back({label, printable(text)});
  };
  add("Started", run.started);
  if (run.clock) {
    add("Target's clock", run.clock->rate == 1.0
                              ? run.clock->start
                              : fmt::format("{}, at rate {}", run.clock->start, run.clock->rate));
  }
  add("Root", run.root.value_or(""));
  add("Processes", fmt::format("{}, {} of them 32-bit", run.processes, run.processes_32bit));
  if (run.baseline) {
    add("Left out", fmt::format("{} known from {}", run.baseline->known, run.baseline->file));
  }
  add("Took",
      fmt::format("{:.3g} s, {} stops, {} events", seconds(run.duration), run.stops, run.events));
  return facts;
}

std::string verdict(const RunInfo& run, const std::vector<Finding>& findings) {
  const std::string end = end_of(run);
  return counted(findings) + (end.empty() ? "." : "; " + end + ".");
}

class HtmlRenderer : public Renderer {
 public:
  std::string on_event(const Event& event, const ReportOptions& /*options*/) override {
    timeline_.on_event(event);
    return {};
  }

  std::string render(const RunInfo& run, const std::vector<Finding>& findings,
                     const ReportOptions& /*options*/) override {
    HtmlPage page;
    for (const Finding& finding : findings) page.add(row_of(finding));
    Json limits = Json::array();
    for (const std::string& limit : run.limits) limits.push_back(printable(limit));
    Json head = {{"kind", "run"},
                 {"title", printable(fmt::format("{}", fmt::join(run.command, " ")))},
                 {"subject", "report of a run"},
                 {"version", run.version},
                 {"verdict", printable(verdict(run, findings))},
                 {"facts", head_facts(run)},
                 {"limits", limits},
                 {"labels", {{"who", "Program"}, {"file", "Where"}, {"files", "Files"}}}};
    if (Json lanes = lanes_json(page, run.duration); !lanes.empty()) {
      head["timeline"] = {
          {"duration", seconds(run.duration)}, {"dropped", timeline_.dropped()}, {"lanes", lanes}};
    }
    return page.take(head);
  }

 private:
  static Json spans_json(HtmlPage& page, const std::vector<Timeline::Span>& spans) {
    Json json = Json::array();
    for (const Timeline::Span& span : spans) {
      json.push_back(Json::array({seconds(span.start), seconds(span.length),
                                  page.number(span.label), page.number(span.end), span.severity}));
    }
    return json;
  }

  Json lanes_json(HtmlPage& page, std::chrono::nanoseconds duration) {
    Json json = Json::array();
    for (const Timeline::Lane& lane : timeline_.take(duration)) {
      json.push_back({{"pid", lane.pid},
                      {"name", page.number(lane.name)},
                      {"programs", spans_json(page, lane.programs)},
                      {"connects", spans_json(page, lane.connects)}});
    }
    return json;
  }

  Timeline timeline_;
};

}  // namespace

std::unique_ptr<Renderer> make_html_renderer() { return std::make_unique<HtmlRenderer>(); }

}  // namespace ttrace
