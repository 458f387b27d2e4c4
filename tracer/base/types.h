// The few value types that the whole tracer shares: distinct, so that a pid is never taken for an
// address or a system call number, and without behaviour of their own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace ttrace {

/// A thread or process id as the kernel names it in the tracer's pid namespace.
enum class Pid : pid_t {};
constexpr pid_t raw(Pid pid) { return static_cast<pid_t>(pid); }

/// An address in a tracee. It cannot be dereferenced: read it through RemoteMemory.
enum class RemotePtr : std::uint64_t {};
constexpr std::uint64_t raw(RemotePtr address) { return static_cast<std::uint64_t>(address); }
constexpr RemotePtr operator+(RemotePtr base, std::uint64_t offset) {
  return RemotePtr{raw(base) + offset};
}
constexpr RemotePtr operator-(RemotePtr base, std::uint64_t offset) {
  return RemotePtr{raw(base) - offset};
}

/// A system call number; it means something only together with an Abi.
enum class SyscallNr : int {};
constexpr int raw(SyscallNr nr) { return static_cast<int>(nr); }

using Duration = std::chrono::nanoseconds;

}  // namespace ttrace
