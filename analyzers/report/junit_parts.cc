#include "analyzers/report/junit_parts.h"

#include <fmt/format.h>

#include <cstdlib>

#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

/// `lines` with each of them printable.
std::string printable_lines(const std::string& lines) {
  std::string shown;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = lines.find('\n', begin);
    shown += printable(std::string_view(lines).substr(begin, end - begin));
    if (end != std::string::npos) shown += '\n';
  }
  return shown;
}

}  // namespace

JunitSuite::JunitSuite(const Summary& summary) : document_(mxmlNewXML("1.0"), &mxmlDelete) {
  suite_ = add(add(document_.get(), "testsuites"), "testsuite",
               {{"name", summary.name},
                {"tests", std::to_string(summary.tests)},
                {"failures", std::to_string(summary.failures)},
                {"errors", "0"},
                {"skipped", "0"},
                {"time", fmt::format("{:.3f}", summary.seconds)},
                {"timestamp", summary.timestamp}});
}

mxml_node_t* JunitSuite::add(mxml_node_t* parent, const char* name, const Attributes& attributes) {
  mxml_node_t* const node = mxmlNewElement(parent, name);
  for (const auto& [key, value] : attributes) {
    mxmlElementSetAttr(node, key, printable(value).c_str());
  }
  return node;
}

void JunitSuite::pass(const std::string& classname, const std::string& name,
                      const std::string& output, double seconds) {
  mxml_node_t* const test =
      add(suite_, "testcase",
          {{"classname", classname}, {"name", name}, {"time", fmt::format("{:.3f}", seconds)}});
  if (output.empty()) return;
  mxmlNewOpaque(add(test, "system-out"), printable_lines(output).c_str());
}

void JunitSuite::fail(const std::string& classname, const std::string& name,
                      const std::string& type, const std::string& message,
                      const std::string& details) {
  mxml_node_t* const test =
      add(suite_, "testcase", {{"classname", classname}, {"name", name}, {"time", "0"}});
  mxml_node_t* const failure = add(test, "failure", {{"type", type}, {"message", message}});
  mxmlNewOpaque(failure, printable_lines(details).c_str());
}

std::string JunitSuite::take() {
  mxmlSetWrapMargin(0);
  const std::unique_ptr<char, decltype(&std::free)> text(
      mxmlSaveAllocString(document_.get(), MXML_NO_CALLBACK), &std::free);
  document_.reset();
  return text ? text.get() : "";
}

}  // namespace ttrace
