#include "analyzers/cut_time.h"

#include <date/date.h>

#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <sstream>

namespace ttrace {
namespace {

constexpr std::int64_t kSpan32 = std::int64_t{1} << 32;

// Zones differ from UTC by multiples of a quarter of an hour, at most so much.
constexpr std::int64_t kZoneStep = 15 * 60;
constexpr std::int64_t kWidestZone = 14 * 3600;

// As C libraries, logs and mails write a date with its time of day.
constexpr std::array kForms = {"%Y-%m-%d %H:%M:%S",    "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S",
                               "%b %d %H:%M:%S %Y",    "%d %b %Y %H:%M:%S", "%d/%b/%Y:%H:%M:%S",
                               "%b %d %H:%M:%S %Z %Y", "%Y%m%dT%H%M%S",     "%Y%m%d%H%M%S"};

bool starts_word(std::string_view text, std::size_t at) {
  return at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]));
}

std::optional<CutTime> number_at(std::string_view text, std::size_t at, std::int64_t from,
                                 std::int64_t to) {
  if (text[at] != '-') return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + at, end, number);
  const std::int64_t meant = number + kSpan32;
  if (error != std::errc{} || meant < from || meant > to) return std::nullopt;
  return CutTime{std::string(text.data() + at, stop), meant};
}

/// The time from `from` to `to` whose cut value reads `local` in some time zone.
std::optional<std::int64_t> meant_by(std::int64_t local, std::int64_t from, std::int64_t to) {
  for (std::int64_t meant = from; meant <= to; ++meant) {
    const std::int64_t zone = local - (meant - kSpan32);
    if (zone % kZoneStep == 0 && zone >= -kWidestZone && zone <= kWidestZone) return meant;
  }
  return std::nullopt;
}

std::optional<CutTime> date_at(std::string_view text, std::size_t at, std::int64_t from,
                               std::int64_t to) {
  constexpr std::size_t kLongest = 40;
  const std::string part(text.substr(at, kLongest));
  for (const char* const form : kForms) {
    std::istringstream stream(part);
    date::local_seconds local;
    std::string zone;
    if (!date::from_stream(stream, form, local, &zone)) continue;
    if (const auto meant = meant_by(local.time_since_epoch().count(), from, to)) {
      const auto end = stream.eof() ? part.size() : static_cast<std::size_t>(stream.tellg());
      return CutTime{part.substr(0, end), *meant};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<CutTime> find_cut_time(std::string_view text, std::int64_t from, std::int64_t to) {
  // The cut times of the next 68 years lie before 1970; those of the first minutes in 1901.
  const auto year = date::year_month_day(date::floor<date::days>(
                                             date::sys_seconds(std::chrono::seconds(to - kSpan32))))
                        .year();
  const bool has_date = text.find(std::to_string(static_cast<int>(year))) != std::string_view::npos;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!starts_word(text, at)) continue;
    if (auto found = number_at(text, at, from, to)) return found;
    if (!has_date || !std::isalnum(static_cast<unsigned char>(text[at]))) continue;
    if (auto found = date_at(text, at, from, to)) return found;
  }
  return std::nullopt;
}

}  // namespace ttrace
