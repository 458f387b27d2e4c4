// The options of `ttrace run`: declared once for CLI11, then checked and turned into RunOptions.
#include "tracer/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>

#include "analyzers/analyzer.h"
#include "tracer/base/result.h"
#include "tracer/cli/commands.h"
#include "tracer/cli/declare.h"
#include "tracer/cli/given.h"
#include "tracer/cli/help.h"
#include "tracer/cli/output_choice.h"
#include "tracer/cli/split.h"
#include "tracer/cli/suggest.h"
#include "tracer/clock/duration.h"
#include "tracer/clock/when.h"

namespace ttrace {
namespace {

constexpr double kMaxRate = 1e6;
constexpr std::size_t kMaxStackDepth = 4096;

}  // namespace

void declare_report(CLI::App& app, Given& given) {
  app.set_help_flag();
  add_text(app, "--analyze", given.analyze);
  add_value(app, "-f,--format", [&given](const std::string& v) { given.outputs.format(v); });
  add_value(app, "-o,--output", [&given](const std::string& v) { given.outputs.output(v); });
  add_text(app, "--baseline", given.baseline);
  declare(app, given.look);
  app.add_flag("-h,--help", given.help);
  app.add_flag("--version", given.version);
}

void declare(CLI::App& app, Given& given) {
  declare_report(app, given);
  add_text(app, "--clock", given.clock);
  add_text(app, "--rate", given.rate);
  add_text(app, "--file-times", given.file_times);
  add_text(app, "--kernel", given.kernel);
  add_text(app, "--engine", given.engine);
  add_text(app, "-u,--user", given.user);
  add_text(app, "--root", given.root);
  add_value(app, "--crash", [&given](const std::string& v) { given.crash_rules.push_back(v); });
  add_value(app, "--connect", [&given](const std::string& v) { given.connect_rules.push_back(v); });
  add_text(app, "--core-pattern", given.core_pattern);
  add_text(app, "--slow", given.slow);
  add_text(app, "--timeout", given.timeout);
  add_text(app, "--record", given.record);
  add_text(app, "--stack-depth", given.stack_depth);
  app.add_flag("--root-writable", given.root_writable);
  app.add_flag("--init", given.init);
  app.add_flag("--no-stacks", given.no_stacks);
}

namespace {

double parse_rate(const std::string& text) {
  double rate = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, rate);
  const bool number = error == std::errc{} && stop == end && std::isfinite(rate);
  if (!number || rate < 0 || rate > kMaxRate) {
    throw UserError(fmt::format("--rate cannot be '{}'", text),
                    "it is a number from 0 (the clock stands still) to 1000000; 1 is real speed");
  }
  return rate == 0 ? 0 : rate;  // -0 is 0
}

std::size_t parse_depth(const std::string& text) {
  std::size_t depth = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, depth);
  if (error != std::errc{} || stop != end || depth > kMaxStackDepth) {
    throw UserError(fmt::format("--stack-depth cannot be '{}'", text),
                    fmt::format("it is a whole number of frames up to {}; 0 is the same as "
                                "--no-stacks",
                                kMaxStackDepth));
  }
  return depth;
}

std::vector<std::string> analyzer_names() {
  std::vector<std::string> names;
  for (const AnalyzerEntry& entry : analyzer_registry()) names.emplace_back(entry.name);
  return names;
}

std::vector<std::string> parse_analyzers(const std::string& list) {
  const auto known = analyzer_names();
  std::vector<std::string> chosen;
  for (const std::string& name : CLI::detail::split(list, ',')) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw UserError(fmt::format("there is no analyzer '{}'", name),
                      fmt::format("analyzers are {}; `ttrace --analyze help` describes them",
                                  join_words(known)));
    }
    if (std::find(chosen.begin(), chosen.end(), name) == chosen.end()) chosen.push_back(name);
  }
  return chosen;
}

// Says which option was given what a parser refuses, unless the parser did.
template <typename Parse>
auto value_of(const char* option, Parse parse) {
  try {
    return parse();
  } catch (const UserError& error) {
    if (std::string_view(error.what()).starts_with(option)) throw;
    throw UserError(fmt::format("{}: {}", option, error.what()), error.hint(), error.exit_status());
  }
}

void set_clock(RunOptions& options, const Given& given, WallTime now) {
  if (given.clock) {
    options.clock = value_of("--clock", [&] { return parse_when(*given.clock, now); });
  }
  if (given.rate) {
    options.rate = parse_rate(*given.rate);
    if (!options.clock) options.clock = now;
  }
  const auto file_times =
      one_of<FileTimes>("--file-times", given.file_times.value_or("shift"),
                        {{"shift", FileTimes::kShift}, {"real", FileTimes::kReal}});
  options.file_times = options.clock ? file_times : FileTimes::kReal;
}

void set_target(RunOptions& options, const Given& given) {
  options.user = given.user;
  options.root = given.root;
  options.root_writable = given.root_writable;
  options.init = given.init;
  if (given.root_writable && !given.root) {
    throw UserError("--root-writable without --root has no meaning", "add --root DIR, or drop it");
  }
  options.engine = one_of<EngineChoice>("--engine", given.engine.value_or("auto"),
                                        {{"auto", EngineChoice::kAuto},
                                         {"ptrace", EngineChoice::kPtrace},
                                         {"preload", EngineChoice::kPreload}});
  options.kernel = one_of<KernelPersona>("--kernel", given.kernel.value_or("native"),
                                         {{"native", KernelPersona::kNative},
                                          {"no-time32", KernelPersona::kNoTime32},
                                          {"no-time64", KernelPersona::kNoTime64},
                                          {"eperm-time64", KernelPersona::kEpermTime64}});
  if (given.timeout) {
    const Duration timeout = value_of("--timeout", [&] { return parse_duration(*given.timeout); });
    if (timeout > Duration{0}) options.timeout = timeout;  // 0: none, as for timeout(1)
  }
}

void set_connects(RunOptions& options, const Given& given) {
  for (const std::string& rule : given.connect_rules) {
    options.connect_rules.push_back(
        value_of("--connect", [&] { return parse_connect_rule(rule); }));
  }
  if (given.slow) {
    options.slow = value_of("--slow", [&] { return parse_duration(*given.slow); });
  }
}

void set_crashes(RunOptions& options, const Given& given) {
  options.core_pattern = given.core_pattern;
  // fs/coredump.c: CORENAME_MAX_SIZE, with the zero at its end.
  if (options.core_pattern && options.core_pattern->size() > 127) {
    throw UserError("--core-pattern is too long", "the kernel takes at most 127 bytes");
  }
  for (const std::string& rule : given.crash_rules) {
    options.crash_rules.push_back(parse_crash_rule(rule));
  }
}

void set_stacks(RunOptions& options, const Given& given) {
  if (given.no_stacks && given.stack_depth) {
    throw UserError("--no-stacks and --stack-depth contradict each other", "drop one of them");
  }
  if (given.stack_depth) options.stack_depth = parse_depth(*given.stack_depth);
  if (given.no_stacks) options.stack_depth = 0;
}

void set_report(RunOptions& options, Given& given, bool color_terminal) {
  options.analyzers = given.analyze ? parse_analyzers(*given.analyze) : analyzer_names();
  options.outputs = given.outputs.finish();
  if (given.baseline) {
    options.baseline = Known{*given.baseline, read_baseline(*given.baseline)};
  }
  if (given.record) options.outputs.push_back({std::string(kRecordingFormat), *given.record});
  options.fail_on = fail_on_of(given.look);
  const Look look = look_of(given.look, color_terminal);
  options.verbosity = look.verbosity;
  options.color = look.color;
  options.color_always = look.color_always;
}

}  // namespace

void parse_options(CLI::App& app, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // as CLI11 wants it
  try {
    app.parse(std::move(words));
  } catch (const CLI::Error& error) {
    throw UserError(error.what(), "`ttrace --help` lists the options");
  }
}

std::optional<PrintText> asked_for_text(const Given& given, std::string (*help)()) {
  if (given.help) return PrintText{help()};
  if (given.version) return PrintText{version_text()};
  if (given.analyze == "help") return PrintText{analyzers_text()};
  return std::nullopt;
}

RunOptions watch_options(Given& given, const ParseContext& context) {
  RunOptions options;
  set_clock(options, given, context.now);
  set_target(options, given);
  set_connects(options, given);
  set_crashes(options, given);
  set_stacks(options, given);
  set_report(options, given, context.color_terminal);
  return options;
}

RunOptions run_options(Given& given, std::vector<std::string> command,
                       const ParseContext& context) {
  RunOptions options = watch_options(given, context);
  if (command.empty()) {
    throw UserError("there is no COMMAND to run",
                    "try `ttrace --clock 2038-01-19 date`, or `ttrace --help`");
  }
  if (command.front().empty()) throw UserError("the name of COMMAND is empty", "", 127);
  options.command = std::move(command);
  return options;
}

CommandLine parse_run(const std::vector<std::string>& words, const ParseContext& context) {
  CLI::App app;
  Given given;
  declare(app, given);
  SplitWords split = split_words(app, words);
  parse_options(app, split.options);
  if (const auto text = asked_for_text(given, run_help_text)) return *text;
  return run_options(given, std::move(split.command), context);
}

}  // namespace ttrace
