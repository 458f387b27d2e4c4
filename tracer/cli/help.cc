#include "tracer/cli/help.h"

#include <elfutils/libdwfl.h>
#include <fmt/format.h>

#include "analyzers/analyzer.h"
#include "tracer/abi/abi.h"

namespace ttrace {

std::string_view version() { return TTRACE_VERSION; }

std::string help_text() {
  return R"(Usage: ttrace [run] [OPTIONS] [--] COMMAND [ARG...]
Run COMMAND and report where time or a connect fails it. Options end at COMMAND.
      --clock WHEN        start its clock at WHEN: 2038-01-19 (noon UTC), +12y,
                          2038-01-19T03:14:08Z, @EPOCH_SECONDS
      --rate R            how fast that clock runs: 1 (default), 60, 0.5, 0
      --file-times HOW    shift: new files get the faked time (default); real
      --kernel KIND       as a kernel would: no-time32, no-time64, eperm-time64
      --analyze LIST      which analyzers run (default: all); `help` lists them
      --engine HOW        how it is watched: auto (default), ptrace
      --connect RULE      fail connects: ADDR[:PORT]=FAULT; FAULT: timeout[:D],
                          refuse, unreachable, reset, delay:D, redirect:A:P
  -u, --user USER         run it as USER; set-user-ID programs work
      --root DIR          run it inside DIR, unharmed unless --root-writable
      --slow D            report connects that block longer than D (1s)
      --timeout D         end it after D: 500ms, 30s, 2min, 1h
      --stack-depth N     frames per stack (32); --no-stacks: none
  -f, --format FORMAT     text or json; for the next -o, else for stderr
  -o, --output FILE       report to FILE, not stderr; .json, .txt choose FORMAT
      --fail-on LEVEL     exit with 10 on an error, warning or note
  -q, --quiet; -v, --verbose; --color auto|always|never; -h, --help; --version
Examples:
  ttrace --clock 2038-01-19 sudo ls -l
  ttrace --clock +12y --root i386-root -u nobody perl -e 'print time'
  ttrace --clock @2147483640 -o report.json --fail-on error -- make check
)";
}

std::string version_text() {
  return fmt::format("ttrace {}\nABIs traced: {}, {}\nunwinder: libdw {}\n", version(),
                     abi_info(Abi::kX86_64).name, abi_info(Abi::kI386).name, dwfl_version(nullptr));
}

std::string analyzers_text() {
  std::string text;
  for (const AnalyzerEntry& entry : analyzer_registry()) {
    text += fmt::format("{:<10} {}\n", entry.name, entry.summary);
  }
  return text;
}

}  // namespace ttrace
