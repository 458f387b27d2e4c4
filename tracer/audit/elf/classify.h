// From an imported name to the finding that it makes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analyzers/audit/report.h"
#include "analyzers/libc_time32.h"
#include "tracer/audit/elf/raw_calls.h"

namespace ttrace::audit {

/// What a program that calls the plain function of `row` does past 2038 with this C library.
Finding finding_of(const Time32Row& row, Libc libc);

/// Whether it is one of glibc's functions on utmp and lastlog records.
bool is_utmp_call(std::string_view name);
Finding utmp_finding(std::string_view name);

/// A system call that is made by its number. `machine`: its name.
Finding raw_call_finding(const RawCall& call, const std::string& machine);

}  // namespace ttrace::audit
