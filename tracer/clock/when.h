// WHEN on the command line: a point on the wall clock, absolute or relative to now.
#pragma once

#include <string>
#include <string_view>

#include "tracer/cli/options.h"

namespace ttrace {

/// The earliest and the latest time parse_when() gives: 1902-01-01T00:00:00Z and
/// 9999-12-31T23:59:59.999999999Z.
constexpr WallTime kEarliestWhen{-2'145'916'800, 0};
constexpr WallTime kLatestWhen{253'402'300'799, 999'999'999};

/// The time that `text` names:
///   2038-01-19T03:14:08.5Z, 2038-01-19 12:14:00+09:00   ISO 8601; UTC without an offset
///   2038-01-19                                          noon UTC on that day
///   @2147483648, @-1.5                                  seconds since the epoch
///   +12y, -3d, +90min, +1y6mon-2h, now                  relative to `now`; years and months by the
///                                                       calendar, the day cut to the month's
///                                                       length
/// UserError when it is none of these, does not exist or lies outside kEarliestWhen..kLatestWhen.
WallTime parse_when(std::string_view text, WallTime now);

/// "2038-01-19T12:00:00Z", as in reports.
std::string format_utc(WallTime time);

}  // namespace ttrace
