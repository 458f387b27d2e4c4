// The factories of the built-in analyzers, for registry.cc alone.
#pragma once

#include <memory>

#include "analyzers/analyzer.h"

namespace ttrace {

std::unique_ptr<Analyzer> make_time_analyzer();
std::unique_ptr<Analyzer> make_connect_analyzer();
std::unique_ptr<Analyzer> make_crash_analyzer();

}  // namespace ttrace
