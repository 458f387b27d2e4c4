// ttrace: runs a program with a faked clock, and says with stack traces what it did wrong.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <variant>

#include "tracer/audit/audit.h"
#include "tracer/base/result.h"
#include "tracer/bisect/bisect.h"
#include "tracer/cli/command_line.h"
#include "tracer/doctor/doctor.h"
#include "tracer/explore/explore.h"
#include "tracer/recording/report.h"
#include "tracer/run.h"

namespace {

constexpr int kOwnFailure = 125;

int explain(const ttrace::UserError& error) {
  fmt::print(stderr, "ttrace: {}\n", error.what());
  if (!error.hint().empty()) fmt::print(stderr, "ttrace: hint: {}\n", error.hint());
  return error.exit_status();
}

/// One overload for each thing that can be asked for.
struct Perform {
  int operator()(const ttrace::PrintText& print) const {
    fmt::print("{}", print.text);
    return 0;
  }
  int operator()(const ttrace::RunOptions& options) const { return ttrace::run(options); }
  int operator()(const ttrace::AttachOptions& options) const { return ttrace::attach(options); }
  int operator()(const ttrace::ExploreOptions& options) const { return ttrace::explore(options); }
  int operator()(const ttrace::BisectOptions& options) const { return ttrace::bisect(options); }
  int operator()(const ttrace::ReplayOptions& options) const { return ttrace::report(options); }
  int operator()(const ttrace::DoctorOptions& options) const { return ttrace::doctor(options); }
  int operator()(const ttrace::AuditOptions& options) const { return ttrace::audit_files(options); }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    return std::visit(Perform{}, ttrace::parse_command_line(argc, argv));
  } catch (const ttrace::UserError& error) {
    return explain(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ttrace: internal error: {}\n", error.what());
    return kOwnFailure;
  }
}
