// Every analyzer, in the order in which they run. To add one: a file beside this one with a class
// and a factory, its declaration in builtin.h, and a line here.
#include "analyzers/analyzer.h"
#include "analyzers/builtin.h"

namespace ttrace {

const std::vector<AnalyzerEntry>& analyzer_registry() {
  static const std::vector<AnalyzerEntry> entries = {
      {"time", "32-bit time: calls that fail with EOVERFLOW, values that arrive cut off",
       make_time_analyzer},
      {"connect", "hangs: connects that block, fail or have no limit; what hung at --timeout",
       make_connect_analyzer},
      {"crash", "fatal signals: what a crash handler did, and what became of the core",
       make_crash_analyzer},
  };
  return entries;
}

}  // namespace ttrace
