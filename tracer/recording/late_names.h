// Names for recorded addresses that had none when they were recorded: from this machine's files of
// the same build id, or from a debuginfod server where DEBUGINFOD_URLS names one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "analyzers/event.h"
#include "tracer/stacks/debug_info.h"

namespace ttrace {

class LateNames {
 public:
  /// Completes the stacks of `event`: a frame without a function gets one, and where calls were
  /// inlined there it becomes several. What was named stays as it is.
  void add_to(Event& event);

 private:
  void add_to(Stack& stack, std::optional<std::size_t>* index);
  void add_frames(Frame& frame, std::uint64_t after, Stack& named);
  stacks::DebugInfo* info_for(const Frame& frame);

  std::map<std::string, std::unique_ptr<stacks::DebugInfo>> infos_;  // by build id; null: no file
};

}  // namespace ttrace
