// Where events go on their way from the tracer to the analyzers: stamped, counted, and completed
// with what is known of their process.
#pragma once

#include <chrono>
#include <functional>

#include "analyzers/event.h"
#include "tracer/engine/tracee.h"

namespace ttrace {

class EventSink {
 public:
  using Consumer = std::function<void(const Event&)>;
  explicit EventSink(Consumer consumer)
      : consumer_(std::move(consumer)), start_(std::chrono::steady_clock::now()) {}

  /// An event of `process` now, still without content.
  Event make(Process& process, Pid tid) const;
  void emit(const Event& event) {
    ++count_;
    consumer_(event);
  }
  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - start_; }

 private:
  Consumer consumer_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t count_ = 0;
};

}  // namespace ttrace
