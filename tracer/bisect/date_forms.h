// The forms in which programs print dates and times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ttrace {

struct DateForm {
  const char* pattern;  // a POSIX extended regular expression for all of it
  /// How date::parse() may take the day of it, once its weekday, time and zone are taken out; none:
  /// it is a time without a day.
  std::vector<const char*> formats;
  bool has_year = true;  // else the formats begin with %Y for the year that is put before it
};

/// The longer forms first: a part of one may look like another.
const std::vector<DateForm>& date_forms();

/// True if `text`, which matched `form`, may stand for a day within `window` seconds of `clock`
/// (seconds since the epoch, UTC).
bool is_near(const DateForm& form, const std::string& text, std::int64_t clock,
             std::int64_t window);

}  // namespace ttrace
