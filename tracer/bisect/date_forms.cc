#include "tracer/bisect/date_forms.h"

#include <date/date.h>

#include <cstdlib>
#include <optional>
#include <sstream>

#include "tracer/base/regex.h"

namespace ttrace {
namespace {

#define MONTH "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
#define WEEKDAY "((Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?"
#define TIME "[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[AP]M)?"
#define ZONE "( ?(UTC|GMT|Z|[+-][0-9]{2}:?[0-9]{2}|[A-Z]{3,5})\\>)?"

/// Midnight of the day; nullopt: it is none.
std::optional<std::int64_t> parsed(const std::string& text, const char* format) {
  std::istringstream stream(text);
  date::sys_days day;
  if (!(stream >> date::parse(format, day))) return std::nullopt;
  return std::chrono::seconds{day.time_since_epoch()}.count();
}

int year_of(std::int64_t clock) {
  const auto today = date::floor<date::days>(date::sys_seconds{std::chrono::seconds{clock}});
  return static_cast<int>(date::year_month_day{today}.year());
}

/// "Tue Jan 19 03:14:08 UTC 2038" as "Jan 19 2038".
std::string day_alone(const std::string& text) {
  static const Regex weekday("^" WEEKDAY), time(" *\\<" TIME ZONE);
  const auto nothing = [](const std::string&) { return std::string(); };
  return time.replace_all(weekday.replace_all(text, nothing), nothing);
}

}  // namespace

const std::vector<DateForm>& date_forms() {
  static const std::vector<DateForm> forms = {
      // 2038-01-19T03:14:08.5Z, 2038/01/19 03:14, 2038-01-19
      {"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}([T ]" TIME ZONE ")?", {"%Y-%m-%d", "%Y/%m/%d"}},
      // Tue Jan 19 03:14:08 UTC 2038, Jan 19 03:14:08 2038 GMT, Tue Jan 19 03:14:08 AM UTC 2038
      {WEEKDAY MONTH " +[0-9]{1,2},? " TIME ZONE " [0-9]{4}" ZONE, {"%b %d %Y"}},
      // Tue, 19 Jan 2038 03:14:08 +0000, Tue 19 Jan 2038 03:14:08 AM UTC, 19-Jan-2038
      {WEEKDAY "[0-9]{1,2}[- ]" MONTH "[- ][0-9]{4}( " TIME ZONE ")?", {"%d %b %Y", "%d-%b-%Y"}},
      // Jan 19 2038, January 19, 2038
      {WEEKDAY MONTH " +[0-9]{1,2},? +[0-9]{4}\\>", {"%b %d %Y", "%b %d, %Y"}},
      // Tue Jan 19 03:14:08, of logs and ls
      {WEEKDAY MONTH " +[0-9]{1,2},? " TIME ZONE, {"%Y %b %d"}, false},
      {WEEKDAY MONTH " +[0-9]{1,2}\\>", {"%Y %b %d"}, false},
      // 01/19/2038, 19/01/2038, 01/19/38
      {"\\<[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}\\>( " TIME ZONE ")?",
       {"%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y"}},
      // 20380119T031408Z, 20380119031408, 20380119; of UTCTime 380119031408Z
      {"\\<[0-9]{8}(T?[0-9]{6})?Z?\\>", {"%Y%m%d"}},
      {"\\<[0-9]{12}Z\\>", {"%y%m%d"}},
      {"\\<" TIME ZONE, {}},
  };
  return forms;
}

#undef MONTH
#undef WEEKDAY
#undef TIME
#undef ZONE

bool is_near(const DateForm& form, const std::string& text, std::int64_t clock,
             std::int64_t window) {
  const std::string alone = day_alone(text);
  const auto near = [&](const std::string& candidate, const char* format) {
    const auto day = parsed(candidate, format);
    return day && std::llabs(*day - clock) <= window;
  };
  const int year = year_of(clock);
  for (const char* const format : form.formats) {
    if (form.has_year) {
      if (near(alone, format)) return true;
      continue;
    }
    for (int candidate = year - 1; candidate <= year + 1; ++candidate) {
      if (near(std::to_string(candidate) + " " + alone, format)) return true;
    }
  }
  return false;
}

}  // namespace ttrace
