// The run as lanes of a picture, one for each process: the programs that it executed and its
// connects, gathered from the events as they come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzers/event.h"

namespace ttrace {

class Timeline {
 public:
  struct Span {
    std::chrono::nanoseconds start{0}, length{0};
    std::string label;
    std::string end;   // how it ended
    int severity = 0;  // of a connect: 0 quick, 1 slow, 2 slow and failed
  };
  struct Lane {
    int pid = 0;
    std::string name;
    std::vector<Span> programs;
    std::vector<Span> connects;
  };

  void on_event(const Event& event);
  /// The lanes in the order in which the processes began, all spans ended at `duration`.
  std::vector<Lane> take(std::chrono::nanoseconds duration);
  /// What found no room: kMaxLanes and kMaxSpans bound the memory of a long run.
  std::uint64_t dropped() const { return dropped_; }

  static constexpr std::size_t kMaxLanes = 4'000;
  static constexpr std::size_t kMaxSpans = 40'000;

 private:
  Lane* lane_of(const Event& event);
  void begin_program(Lane& lane, const Event& event);
  void end_program(Lane& lane, const Event& event, const std::string& how);
  void add_connect(Lane& lane, const Connect& connect, const std::string& text);
  bool has_room();

  std::vector<Lane> lanes_;
  std::unordered_map<int, std::size_t> living_;  // by pid: its lane
  std::size_t spans_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace ttrace
