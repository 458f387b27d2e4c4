#include "tracer/cli/commands.h"

#include <algorithm>
#include <array>

namespace ttrace {
namespace {

constexpr std::array kCommands = {
    Command{"run", parse_run},         Command{"attach", parse_attach},
    Command{"explore", parse_explore}, Command{"bisect", parse_bisect},
    Command{"doctor", parse_doctor},   Command{"audit", parse_audit},
    Command{"report", parse_report},
};

}  // namespace

const Command* find_command(std::string_view word) {
  const auto named = [word](const Command& command) { return command.word == word; };
  const auto found = std::find_if(kCommands.begin(), kCommands.end(), named);
  return found != kCommands.end() ? &*found : nullptr;
}

}  // namespace ttrace
