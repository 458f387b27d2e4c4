// The subcommands: the words that mean something in the place of COMMAND.
#pragma once

#include <string_view>

namespace ttrace {

enum class Subcommand {
  kNone,  // an ordinary COMMAND
  kRun,   // the default
  kExplore,
  kDoctor,
  kReserved,  // belongs to ttrace, but this version does not have it
};

Subcommand subcommand_of(std::string_view word);

}  // namespace ttrace
