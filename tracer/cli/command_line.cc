#include "tracer/cli/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ctime>

#include "tracer/cli/commands.h"
#include "tracer/cli/given.h"
#include "tracer/cli/split.h"

namespace ttrace {

CommandLine parse_command_line(const std::vector<std::string>& words, const ParseContext& context) {
  CLI::App app;
  Given given;
  declare(app, given);
  const SplitWords split = split_words(app, words);
  if (split.dashes || split.command.empty()) return parse_run(words, context);
  const Command* const command = find_command(split.command.front());
  if (command == nullptr) return parse_run(words, context);
  // The subcommand may stand between options: `ttrace -q run -v ls`.
  std::vector<std::string> rest = split.options;
  rest.insert(rest.end(), split.command.begin() + 1, split.command.end());
  return command->parse(rest, context);
}

CommandLine parse_command_line(int argc, char** argv) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const auto env = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  const bool color = isatty(STDERR_FILENO) == 1 && env("NO_COLOR").empty() && env("TERM") != "dumb";
  return parse_command_line(
      argc > 1 ? std::vector<std::string>(argv + 1, argv + argc) : std::vector<std::string>{},
      {{now.tv_sec, static_cast<std::int32_t>(now.tv_nsec)}, color});
}

}  // namespace ttrace
