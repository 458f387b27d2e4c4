// Names and numbers of system calls, as libseccomp had them when ttrace was built.
#pragma once

#include <optional>
#include <string>

#include "tracer/abi/abi.h"

namespace ttrace {

/// The number of `name` in `abi`; nullopt if that ABI has no such call.
std::optional<SyscallNr> syscall_number(Abi abi, const std::string& name);
/// For the rules of libseccomp, which it translates to the ABI of the filter: the number that the
/// machine's own ABI has for `name`, or the one below zero that stands for none.
int native_number(Abi abi, const std::string& name);
/// "gettimeofday", or "syscall_999" for a number without a name.
std::string syscall_name(Abi abi, SyscallNr nr);

}  // namespace ttrace
