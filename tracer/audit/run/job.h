// One command of the dynamic pass: what is run, and what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tracer/base/types.h"

namespace ttrace::audit {

struct Job {
  std::int64_t tree = 0;  // row in the database
  std::string root;       // the directory that it runs in, on this machine
  std::vector<std::string> argv;
  std::string command;  // as a person would type it: its name in the database
  std::string program;  // the audited file; empty: a line of the corpus
  std::string stamp;    // of the program's file, to know when it must be run again
};

enum class RunOutcome {
  kSame,      // 2038 changes nothing
  kBreaks,    // it ends in another way, or prints something else and a call failed it
  kGoesOn,    // a call failed, but it ends and prints as ever
  kPrints,    // it prints something else
  kDrifts,    // it changes with time, but no more at the limit than days before
  kUnsteady,  // it differs from run to run
  kNotRun,    // it could not be run; `changes` says why
};

/// A finding that the later clock alone brought.
struct SeenFinding {
  std::string id;       // "time.eoverflow"
  std::string level;    // "error"
  std::string symbol;   // the C library function; empty: not known
  std::string program;  // executable of the process
  std::string module;   // the file that called the function; empty: not known
  std::string message;
};

struct JobResult {
  RunOutcome outcome = RunOutcome::kNotRun;
  std::string now, later;  // how it ended: "0", "SIGSEGV", "ended by ttrace"
  std::vector<std::string> changes;
  std::vector<std::string> executed;  // programs, in the later run
  std::vector<std::string> called;    // functions of the C library, in the later run
  std::vector<SeenFinding> seen;
};

/// "same", "breaks", "goes on", "prints", "drifts", "unsteady", "not run".
std::string_view word(RunOutcome outcome);

/// A result on its way from the process that ran it. from_json() throws std::exception for what is
/// none.
std::string to_json(const JobResult& result);
JobResult job_result_from_json(const std::string& text);

}  // namespace ttrace::audit
