// What a run connected to: the places that `ttrace explore` makes fail, one after the other.
#pragma once

#include <string>
#include <vector>

#include "analyzers/event.h"
#include "tracer/cli/connect_rule.h"

namespace ttrace {

struct Destination {
  SocketAddress to;
  std::string who;         // as ADDR[:PORT] of a rule
  ProcessRef process;      // that connected there first
  std::size_t times = 0;   // connects
  std::optional<int> end;  // of the first: an errno, 0: connected, unset: not known
};

/// `to` as ADDR[:PORT] of --connect; nullopt: no rule can name it.
std::optional<std::string> rule_address(const SocketAddress& to);

class Destinations {
 public:
  void on_event(const Event& event);
  /// In the order in which they were first connected to.
  const std::vector<Destination>& all() const { return all_; }
  /// Those that no rule can name, each once.
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  void leave_out(const SocketAddress& to);

  std::vector<Destination> all_;
  std::vector<ConnectRule> rules_;  // of all_, in the same order
  std::vector<std::string> left_out_;
};

}  // namespace ttrace
