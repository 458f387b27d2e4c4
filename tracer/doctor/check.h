// What the doctor finds: one line for each thing that ttrace needs of the machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ttrace {

struct Check {
  enum class State { kFine, kLimited, kMissing };
  std::string name;
  State state = State::kFine;
  std::string seen;    // what was found
  std::string costs;   // what is lost; empty if all is fine
  std::string remedy;  // how to get it back; empty if all is fine
};

std::string_view state_name(Check::State state);

}  // namespace ttrace
