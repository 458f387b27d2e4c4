#include "tracer/cli/attach_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "tracer/base/result.h"
#include "tracer/cli/commands.h"
#include "tracer/cli/given.h"
#include "tracer/cli/help.h"
#include "tracer/cli/split.h"

namespace ttrace {
namespace {

constexpr const char* kSeeHelp = "`ttrace attach --help` lists the options";

int parse_pid(const std::string& text) {
  int pid = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, pid);
  if (error != std::errc{} || stop != end || pid <= 0) {
    throw UserError(fmt::format("-p cannot be '{}'", text),
                    "it is the number of a process; `pgrep -a NAME` finds it, and --name takes "
                    "the name itself");
  }
  return pid;
}

void add_list(CLI::App& app, const std::string& names, std::vector<std::string>& into) {
  app.add_option(names, into)->take_all();
}

/// What must be in place before a program starts cannot be given to one that runs.
void refuse(bool given, const char* option, const char* hint) {
  if (given) throw UserError(fmt::format("attach does not take {}", option), hint);
}

void check(const RunOptions& options) {
  refuse(options.root.has_value(), "--root", "a process that runs has its root already");
  refuse(options.user.has_value(), "--user", "a process that runs has its user already");
  refuse(options.init, "--init", "a process that runs has its namespaces already");
  refuse(options.core_pattern.has_value(), "--core-pattern",
         "it takes a run: ttrace --core-pattern P COMMAND");
  refuse(options.kernel != KernelPersona::kNative, "--kernel",
         "libc asks what the kernel has as the program starts: use ttrace --kernel KIND COMMAND");
  refuse(options.engine == EngineChoice::kPreload, "--engine preload",
         "a library cannot be preloaded into a process that runs");
  for (const CrashRule& rule : options.crash_rules) {
    refuse(
        rule.when == CrashRule::When::kFunction, "--crash SIGNAL@function:NAME",
        "a breakpoint would kill the process, should ttrace die: use syscall:NAME or a duration");
  }
}

}  // namespace

CommandLine parse_attach(const std::vector<std::string>& words, const ParseContext& context) {
  CLI::App app;
  Given given;
  declare(app, given);
  AttachOptions attach;
  std::vector<std::string> pids;
  add_list(app, "-p,--pid", pids);
  add_list(app, "--name", attach.names);
  add_list(app, "--cgroup", attach.cgroups);
  SplitWords split = split_words(app, words);
  parse_options(app, split.options);
  if (const auto text = asked_for_text(given, attach_help_text)) return *text;
  if (!split.command.empty()) {
    throw UserError(fmt::format("attach runs no command: '{}'", split.command.front()),
                    "give a pid with -p, a name with --name");
  }
  attach.run = watch_options(given, context);
  check(attach.run);
  for (const std::string& pid : pids) attach.pids.push_back(parse_pid(pid));
  if (attach.pids.empty() && attach.names.empty() && attach.cgroups.empty()) {
    throw UserError("there is nothing to attach to: no -p PID, --name GLOB or --cgroup PATH",
                    kSeeHelp);
  }
  return attach;
}

}  // namespace ttrace
