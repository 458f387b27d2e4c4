// `ttrace doctor`: what this machine allows, what is lost, and how to mend it.
#pragma once

#include <string>
#include <vector>

#include "tracer/cli/doctor_options.h"
#include "tracer/doctor/check.h"

namespace ttrace {

/// A line a check; what is lost and how to mend it below.
std::string doctor_text(const std::vector<Check>& checks);
/// Schema "ttrace-doctor/1".
std::string doctor_json(const std::vector<Check>& checks);

/// Prints the checks. 0: nothing is missing; else 1.
int doctor(const DoctorOptions& options);

}  // namespace ttrace
