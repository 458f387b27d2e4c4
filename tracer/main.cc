// ttrace: runs a program with a faked clock, and says with stack traces what it did wrong.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "tracer/base/result.h"
#include "tracer/cli/command_line.h"
#include "tracer/doctor/doctor.h"
#include "tracer/explore/explore.h"
#include "tracer/run.h"

namespace {

constexpr int kOwnFailure = 125;

int explain(const ttrace::UserError& error) {
  fmt::print(stderr, "ttrace: {}\n", error.what());
  if (!error.hint().empty()) fmt::print(stderr, "ttrace: hint: {}\n", error.hint());
  return error.exit_status();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const ttrace::CommandLine line = ttrace::parse_command_line(argc, argv);
    if (line.run) return ttrace::run(*line.run);
    if (line.explore) return ttrace::explore(*line.explore);
    if (line.doctor) return ttrace::doctor(*line.doctor);
    fmt::print("{}", line.text);
    return line.status;
  } catch (const ttrace::UserError& error) {
    return explain(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ttrace: internal error: {}\n", error.what());
    return kOwnFailure;
  }
}
