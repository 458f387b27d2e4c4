// From an imported name to the finding that it makes.
#pragma once

#include <optional>
#include <string_view>

#include "analyzers/audit/report.h"
#include "analyzers/libc_time32.h"

namespace ttrace::audit {

/// What a program that calls the plain function of `row` does past 2038 with this C library.
Finding finding_of(const Time32Row& row, Libc libc);

/// Whether it is one of glibc's functions on utmp and lastlog records.
bool is_utmp_call(std::string_view name);
Finding utmp_finding(std::string_view name);

}  // namespace ttrace::audit
