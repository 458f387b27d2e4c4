// What kernel.yama.ptrace_scope lets a tracer do: Documentation/admin-guide/LSM/Yama.rst.
#pragma once

#include <string>

namespace ttrace {

/// 0: who could send a signal may trace; 1: without CAP_SYS_PTRACE only descendants are traced; 2:
/// no process is without it; 3: none at all, until the next boot. Empty: this kernel has no Yama.
std::string yama_scope();

/// Whether it would refuse this process to trace its own children.
bool yama_refuses_children();

/// Whether it refuses it to attach to what is no child of its own.
bool yama_refuses_attach();

/// "kernel.yama.ptrace_scope is 2: only root may trace", without full stop; empty: it refuses
/// nothing.
std::string yama_reason();

/// What to do about that; empty where the reason is.
std::string yama_remedy();

}  // namespace ttrace
