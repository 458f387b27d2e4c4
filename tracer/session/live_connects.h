// What is said on the terminal while a connect blocks: at once with its stack, then a line that
// counts the seconds.
#pragma once

#include "tracer/intercept/connects.h"

namespace ttrace {

class LiveConnects {
 public:
  /// `quiet`: says nothing. The ticking line is only for a terminal.
  explicit LiveConnects(bool quiet);
  void on_live(Connects::Live what, const Event& event);

 private:
  void tick(const Event& event);
  void first(const Event& event);
  void over(const Event& event);
  void end_line();

  bool quiet_;
  bool terminal_;
  std::size_t told_ = 0;  // connects
  bool in_line_ = false;  // the cursor stands behind a ticking line
};

}  // namespace ttrace
