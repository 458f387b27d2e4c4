// Times that were cut to 32 bits, recognised in what a program writes for people to read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ttrace {

struct CutTime {
  std::string text;          // as it stands in the writing: "1901-12-14 05:31:44"
  std::int64_t seconds = 0;  // the time that was cut, since the epoch
};

/// The first place in `text` that can only be a time from `from` to `to` (seconds since the epoch,
/// past 2038, at most some minutes apart) of which 32 bits were kept: the negative number of
/// seconds, or a date and time of day that this number gives in some time zone.
std::optional<CutTime> find_cut_time(std::string_view text, std::int64_t from, std::int64_t to);

}  // namespace ttrace
