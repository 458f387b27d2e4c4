// The error idiom of the tracer. Four kinds of failure exist:
//   a tracee that is gone     an ordinary value: Result holds ESRCH and gone() is true
//   recoverable               Result<T> with the operation, the thread and errno
//   the user's or machine's   UserError, caught in main: one message, one hint, exit 125
//   a broken invariant        TTRACE_INVARIANT: prints where, lets the targets go, exit 125
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "tracer/base/types.h"

namespace ttrace {

/// What failed, on which thread (Pid{0}: none) and with which errno.
struct Error {
  const char* operation;
  Pid tid;
  int code;
  /// The tracee died under the operation: expected at any moment, never worth a message.
  bool gone() const { return code == ESRCH; }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(error) {}
  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  T& operator*() { return std::get<T>(state_); }
  const T& operator*() const { return std::get<T>(state_); }
  T* operator->() { return &std::get<T>(state_); }
  const T* operator->() const { return &std::get<T>(state_); }
  const Error& error() const { return std::get<Error>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;

/// Something the user or the machine must mend. `hint` says how; it may be empty.
class UserError : public std::runtime_error {
 public:
  UserError(const std::string& message, std::string hint, int exit_status = 125)
      : std::runtime_error(message), hint_(std::move(hint)), exit_status_(exit_status) {}
  const std::string& hint() const { return hint_; }
  int exit_status() const { return exit_status_; }

 private:
  std::string hint_;
  int exit_status_;
};

}  // namespace ttrace
