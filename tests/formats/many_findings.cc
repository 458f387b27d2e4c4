// Prints the report of a run that never was, with as many findings as are asked for: how formats
// bear a whole distribution's. many_findings FORMAT COUNT.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "analyzers/finding_kinds.h"
#include "analyzers/report/renderer.h"

namespace {

using ttrace::Finding;
using ttrace::Frame;

Frame frame(int module, int function) {
  Frame frame;
  frame.ip = 0xf7000000U + static_cast<unsigned>(function);
  frame.module = module == 0 ? "/usr/lib/i386-linux-gnu/libc.so.6"
                             : fmt::format("/usr/lib/i386-linux-gnu/libsample{}.so.1", module);
  frame.offset = 0x1000 + static_cast<unsigned>(function);
  frame.function = fmt::format("sample_function_{}", function);
  frame.function_offset = 0x2a;
  return frame;
}

Finding finding(int number) {
  const auto& kinds = ttrace::finding_kinds();
  const auto& kind = kinds[static_cast<std::size_t>(number) % kinds.size()];
  Finding finding;
  finding.id = kind.id;
  finding.level = kind.level;
  finding.message = fmt::format("call number {} failed with EOVERFLOW: it does not fit", number);
  finding.count = static_cast<std::uint64_t>(number % 7) + 1;
  finding.first_at = std::chrono::microseconds(number * 100);
  finding.process = {100 + number % 300, 100 + number % 300, "sample",
                     fmt::format("/usr/bin/sample-{}", number % 300), "i386"};
  finding.hint = fmt::format("rebuild libsample{}.so.1 with a 64-bit time_t", number % 80 + 1);
  finding.stack.push_back(frame(0, 1));
  for (int depth = 0; depth < 18; ++depth) {
    finding.stack.push_back(frame((number + depth) % 80 + 1, (number / 3 + depth) % 900));
  }
  return finding;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  ttrace::RunInfo run;
  run.version = "0";
  run.command = {"sample"};
  run.duration = std::chrono::seconds(6);
  std::vector<Finding> findings;
  for (int number = 0; number < std::atoi(argv[2]); ++number) findings.push_back(finding(number));
  for (const ttrace::FormatEntry& entry : ttrace::format_registry()) {
    if (entry.name != argv[1]) continue;
    const auto renderer = entry.make();
    ttrace::Event event;
    for (int pid = 100; pid < 400; ++pid) {
      event.process = {pid, pid, "sample", "/usr/bin/sample", "i386"};
      event.at = std::chrono::milliseconds(pid);
      event.what = ttrace::ProcessExeced{};
      renderer->on_event(event, {});
    }
    const std::string text = renderer->render(run, findings, {});
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
  }
  return 2;
}
