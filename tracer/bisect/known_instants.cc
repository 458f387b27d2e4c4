#include "tracer/bisect/known_instants.h"

namespace ttrace {

const std::vector<KnownInstant>& known_instants() {
  static const std::vector<KnownInstant> instants = {
      {0, "the epoch", "time_t becomes positive"},
      {946'684'800, "the year 2000", "years of two digits begin again"},
      {1'000'000'000, "ten digits", "time_t gets a tenth digit"},
      {2'085'978'496, "NTP era 1",
       "the 32 bits in which NTP counts the seconds since 1900 run over (RFC 5905, section 6)"},
      {2'147'483'648, "32-bit time_t", "a signed time_t of 32 bits turns negative, to 1901"},
      {2'173'910'400, "GPS week 0", "the 10 bits in which GPS counts weeks run over"},
      {2'212'122'496, "HFS+ dates", "the 32 bits in which Mac OS counts from 1904 run over"},
      {2'524'608'000, "UTCTime ends",
       "certificates write years from 2050 on with four digits, as GeneralizedTime (RFC 5280, "
       "4.1.2.5)"},
      {3'124'224'000, "two-digit years", "strptime(3) takes 69 for 1969"},
      {4'102'444'800, "the year 2100", "years of two digits begin again"},
      {4'107'542'400, "no leap day in 2100", "the first year that 4 divides and that has none"},
      {4'294'967'296, "unsigned 32-bit time",
       "a time of 32 bits without a sign runs over, to 1970"},
      {4'354'819'200, "FAT and zip dates", "the 7 bits of their years, from 1980, run over"},
      {9'223'372'037, "64-bit nanoseconds",
       "nanoseconds in a signed number of 64 bits run over, as in the kernel's ktime_t"},
      {10'000'000'000, "eleven digits", "time_t gets an eleventh digit"},
      {15'032'385'536, "ext4 time stamps", "the 34 bits of a time stamp in ext4 run over"},
  };
  return instants;
}

const KnownInstant* known_instant(std::int64_t at) {
  for (const KnownInstant& instant : known_instants()) {
    if (instant.at == at) return &instant;
  }
  return nullptr;
}

}  // namespace ttrace
