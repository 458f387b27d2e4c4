// What `ttrace attach` says at once: where each thread has been blocked, and since when.
#pragma once

#include <set>
#include <string>

#include "analyzers/event.h"

namespace ttrace {

class LiveBlocked {
 public:
  /// quiet: says nothing.
  explicit LiveBlocked(bool quiet) : quiet_(quiet) {}
  void on_event(const Event& event);

 private:
  bool quiet_;
  std::size_t told_ = 0;
  std::set<std::string> known_;  // threads of a pool stand at the same place: one is shown
};

}  // namespace ttrace
