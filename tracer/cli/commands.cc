#include "tracer/cli/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tracer/base/result.h"

namespace ttrace {
namespace {

constexpr std::array kCommands = {
    Command{"run", parse_run},         Command{"attach", parse_attach},
    Command{"explore", parse_explore}, Command{"bisect", parse_bisect},
    Command{"doctor", parse_doctor},   Command{"audit", parse_audit},
};

// Reserved from the first version on, so that a script which runs a program of that name keeps its
// meaning when the subcommand arrives.
constexpr std::array<std::string_view, 1> kReservedWords = {"report"};

}  // namespace

const Command* find_command(std::string_view word) {
  const auto named = [word](const Command& command) { return command.word == word; };
  const auto found = std::find_if(kCommands.begin(), kCommands.end(), named);
  if (found != kCommands.end()) return &*found;
  if (std::find(kReservedWords.begin(), kReservedWords.end(), word) != kReservedWords.end()) {
    throw UserError(fmt::format("this version of ttrace has no '{0}' yet", word),
                    fmt::format("to run a program of that name: ttrace -- {0}", word));
  }
  return nullptr;
}

}  // namespace ttrace
