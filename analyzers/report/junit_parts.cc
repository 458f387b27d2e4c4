#include "analyzers/report/junit_parts.h"

#include <fmt/format.h>

#include "analyzers/report/text_format.h"

namespace ttrace {

JunitSuite::JunitSuite(const Summary& summary) : out_(nullptr, false) {
  out_.PushHeader(false, true);
  out_.OpenElement("testsuites");
  open("testsuite", {{"name", summary.name},
                     {"tests", std::to_string(summary.tests)},
                     {"failures", std::to_string(summary.failures)},
                     {"errors", "0"},
                     {"skipped", "0"},
                     {"time", fmt::format("{:.3f}", summary.seconds)},
                     {"timestamp", summary.timestamp}});
}

void JunitSuite::open(const char* name, const Attributes& attributes) {
  out_.OpenElement(name);
  for (const auto& [key, value] : attributes) out_.PushAttribute(key, printable(value).c_str());
}

void JunitSuite::text(const std::string& lines) {
  std::string shown;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = lines.find('\n', begin);
    shown += printable(std::string_view(lines).substr(begin, end - begin));
    if (end != std::string::npos) shown += '\n';
  }
  out_.PushText(shown.c_str());
}

void JunitSuite::pass(const std::string& classname, const std::string& name,
                      const std::string& output, double seconds) {
  open("testcase",
       {{"classname", classname}, {"name", name}, {"time", fmt::format("{:.3f}", seconds)}});
  if (!output.empty()) {
    out_.OpenElement("system-out");
    text(output);
    out_.CloseElement();
  }
  out_.CloseElement();
}

void JunitSuite::fail(const std::string& classname, const std::string& name,
                      const std::string& type, const std::string& message,
                      const std::string& details) {
  open("testcase", {{"classname", classname}, {"name", name}, {"time", "0"}});
  open("failure", {{"type", type}, {"message", message}});
  text(details);
  out_.CloseElement();
  out_.CloseElement();
}

std::string JunitSuite::take() {
  out_.CloseElement();
  out_.CloseElement();
  return out_.CStr();
}

}  // namespace ttrace
