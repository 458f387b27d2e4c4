// The target and its descendants as job control sees them, whatever watches them.
#pragma once

#include <functional>

namespace ttrace {

class Targets {
 public:
  virtual ~Targets() = default;
  /// Sends `signal` to every process watched.
  virtual void signal_all(int signal) const = 0;
  /// Sends `signal` to the command's own process, if it still lives.
  virtual void signal_main(int signal) const = 0;
  virtual bool main_is_gone() const = 0;
  /// The command's process stopped with its job: called so that ttrace can stop with it.
  virtual void on_main_stop(std::function<void(int signal)> callback) = 0;
  /// Called when the process of the command has ended.
  virtual void on_main_gone(std::function<void()> callback) = 0;
};

}  // namespace ttrace
