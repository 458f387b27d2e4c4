// A look at every byte of code, many at a time: most of it is nothing that is looked for, and
// must cost next to nothing. SSE2, which every machine has that
// runs x86-64 programs.
#pragma once

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ttrace::audit {

/// Sixteen neighbouring bytes, to be compared all at once: each answer is 0xff or 0 for each.
class Sixteen {
 public:
  explicit Sixteen(const char* from)
      : bytes_(::_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))) {}

  Sixteen is(unsigned char value) const { return Sixteen(::_mm_cmpeq_epi8(bytes_, all(value))); }
  /// Whether the bits of `mask` are those of `value`.
  Sixteen has(unsigned char mask, unsigned char value) const {
    return Sixteen(::_mm_and_si128(bytes_, all(mask))).is(value);
  }
  Sixteen between(std::uint32_t least, std::uint32_t most) const {
    const __m128i from_least = ::_mm_sub_epi8(bytes_, all(static_cast<unsigned char>(least)));
    const __m128i beyond = all(static_cast<unsigned char>(most - least));
    return Sixteen(::_mm_subs_epu8(from_least, beyond)).is(0);
  }
  Sixteen operator|(Sixteen other) const { return Sixteen(::_mm_or_si128(bytes_, other.bytes_)); }
  Sixteen operator&(Sixteen other) const { return Sixteen(::_mm_and_si128(bytes_, other.bytes_)); }
  /// Those of this that are not of the other.
  Sixteen without(Sixteen other) const { return Sixteen(::_mm_andnot_si128(other.bytes_, bytes_)); }
  /// One bit for each, the first the lowest.
  unsigned bits() const { return static_cast<unsigned>(::_mm_movemask_epi8(bytes_)); }

 private:
  explicit Sixteen(__m128i bytes) : bytes_(bytes) {}
  static __m128i all(unsigned char value) { return ::_mm_set1_epi8(static_cast<char>(value)); }

  __m128i bytes_;
};

/// Calls `take` with each offset below `end` for which `match` has an answer, in order. `match` is
/// handed a place in the code, and answers for the sixteen offsets from there; it may look at as
/// many as kAhead bytes after each of these, which past the end of the code are 0.
template <typename Match, typename Take>
void for_matches(std::string_view code, std::size_t end, Match match, Take take) {
  constexpr std::size_t kSixteen = 16, kStep = 4 * kSixteen, kAhead = 8;
  const auto take_all = [&](const char* bytes, std::size_t at) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kStep; i += kSixteen)
      bits |= std::uint64_t{match(bytes + i).bits()} << i;
    for (; bits != 0; bits &= bits - 1) {
      const std::size_t offset = at + static_cast<std::size_t>(std::countr_zero(bits));
      if (offset < end) take(offset);
    }
  };
  std::size_t at = 0;
  for (; at < end && code.size() - at >= kStep + kAhead; at += kStep)
    take_all(code.data() + at, at);
  for (; at < end; at += kStep) {
    char last[kStep + kAhead] = {};
    std::memcpy(last, code.data() + at, std::min(code.size() - at, sizeof last));
    take_all(last, at);
  }
}

}  // namespace ttrace::audit
