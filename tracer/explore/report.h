// An exploration as a table for reading and as JSON, schema "ttrace-explore/1".
#pragma once

#include <string>

#include "analyzers/report/renderer.h"
#include "tracer/explore/trial.h"

namespace ttrace {

std::string explore_text(const Exploration& exploration, const ReportOptions& options);
std::string explore_json(const Exploration& exploration);

}  // namespace ttrace
