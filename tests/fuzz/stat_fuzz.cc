// The shim's translation of stat structures, on whatever bytes a target has in its buffer.
#include <algorithm>
#include <array>

#include "preload/shim/stat_layouts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace ttrace::shim;
  std::array<unsigned char, 256> stat{};
  std::copy_n(data, std::min(size, stat.size()), stat.begin());
  ClockParams clock{};
  clock.real0 = {1700000000, 5};
  clock.shown0 = {2147515200, 0};
  clock.offset = clock.shown0 - clock.real0;
  clock.rate_q32 = std::uint64_t{1} << 32;
  clock.first_stamp = clock.real0;
  clock.horizon = {clock.real0.s + 86400, 0};
  FileSystems files{};
  for (const StatLayout* layout :
       {&kStatx, &kStatX86_64, &kStat64I386, &kStatI386, &kOldStatI386}) {
    std::array<unsigned char, 256> copy = stat;
    (void)shift_stat(clock, files, *layout, true, copy.data());
    // Nothing past the structure may change.
    if (!std::equal(copy.begin() + layout->length, copy.end(), stat.begin() + layout->length)) {
      __builtin_trap();
    }
  }
  return 0;
}
