#include "tracer/recording/report.h"

#include "tracer/cli/fail_on.h"
#include "tracer/cli/output.h"
#include "tracer/recording/late_names.h"
#include "tracer/recording/recorded_run.h"
#include "tracer/session/analysis.h"

namespace ttrace {

int report(const ReplayOptions& options) {
  const auto recording = open_recorded_run(options.recording);
  RunOptions made_with = options.run;
  made_with.stack_depth = static_cast<std::size_t>(recording->start().stack_depth);
  if (!options.analyzers_given) made_with.analyzers = recording->start().analyzers;
  Outputs outputs(made_with);
  Analysis analysis(made_with.analyzers);
  LateNames names;
  while (auto event = recording->next()) {
    names.add_to(*event);
    analysis.on_event(*event);
    outputs.on_event(*event);
  }
  auto findings = analysis.finish(made_with.stack_depth);
  RunInfo info = recording->info();
  leave_out_known(options.run.baseline, info, findings);
  outputs.write(info, findings);
  return reaches(findings, options.run.fail_on) ? kFailOnStatus : 0;
}

}  // namespace ttrace
