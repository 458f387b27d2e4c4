// Points in time as reports write them.
#pragma once

#include <cstdint>
#include <string>

namespace ttrace {

/// "2038-01-19T12:00:00Z"; with `ns` (0 <= ns < 10^9) other than 0 a fraction of up to nine digits.
/// Outside the years 0000 to 9999: "@SECONDS", since ISO 8601 has no four digits for them.
std::string utc_text(std::int64_t seconds, std::int32_t ns = 0);

}  // namespace ttrace
