#include "tracer/cli/commands.h"

#include <algorithm>
#include <array>

namespace ttrace {
namespace {

// Reserved from the first version on, so that a script which runs a program of that name keeps its
// meaning when the subcommand arrives.
constexpr std::array<std::string_view, 3> kReservedWords = {"attach", "audit", "report"};

}  // namespace

Subcommand subcommand_of(std::string_view word) {
  if (word == "run") return Subcommand::kRun;
  if (word == "explore") return Subcommand::kExplore;
  if (word == "doctor") return Subcommand::kDoctor;
  const bool reserved =
      std::find(kReservedWords.begin(), kReservedWords.end(), word) != kReservedWords.end();
  return reserved ? Subcommand::kReserved : Subcommand::kNone;
}

}  // namespace ttrace
