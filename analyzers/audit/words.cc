// The words for the values of an audit, both ways.
#include <array>
#include <utility>

#include "analyzers/audit/report.h"

namespace ttrace::audit {
namespace {

template <typename T, std::size_t N>
using Words = std::array<std::pair<T, std::string_view>, N>;

constexpr Words<Kind, 6> kKinds = {{{Kind::kUnreadable, "unreadable"},
                                    {Kind::kProgram, "program"},
                                    {Kind::kStatic, "static"},
                                    {Kind::kLibrary, "library"},
                                    {Kind::kScript, "script"},
                                    {Kind::kObject, "object"}}};
constexpr Words<Libc, 7> kLibcs = {{{Libc::kUnknown, "unknown"},
                                    {Libc::kGlibc, "glibc"},
                                    {Libc::kMusl, "musl"},
                                    {Libc::kUclibc, "uclibc"},
                                    {Libc::kBionic, "bionic"},
                                    {Libc::kDietlibc, "dietlibc"},
                                    {Libc::kNone, "none"}}};
constexpr Words<TimeBits, 4> kTimeBits = {{{TimeBits::kUnknown, "unknown"},
                                           {TimeBits::k32, "32"},
                                           {TimeBits::k64, "64"},
                                           {TimeBits::kBoth, "both"}}};
constexpr Words<Verdict, 4> kVerdicts = {{{Verdict::kUnknown, "unknown"},
                                          {Verdict::kFine, "fine"},
                                          {Verdict::kMayBreak, "may break"},
                                          {Verdict::kBreaks, "breaks"}}};
constexpr Words<Proof, 4> kProofs = {{{Proof::kNotRun, "not run"},
                                      {Proof::kProven, "proven"},
                                      {Proof::kReachedFine, "reached and fine"},
                                      {Proof::kNotReached, "not reached"}}};

constexpr Words<Level, 3> kLevels = {
    {{Level::kNote, "note"}, {Level::kWarning, "warning"}, {Level::kError, "error"}}};

template <typename T, std::size_t N>
std::string_view to_word(const Words<T, N>& words, T value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return words.front().second;
}

template <typename T, std::size_t N>
T from_word(const Words<T, N>& words, std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return words.front().first;
}

}  // namespace

std::string_view level_word(Level level) { return to_word(kLevels, level); }
Level level_of(std::string_view word) { return from_word(kLevels, word); }

std::string_view word(Kind kind) { return to_word(kKinds, kind); }
std::string_view word(Libc libc) { return to_word(kLibcs, libc); }
std::string_view word(TimeBits bits) { return to_word(kTimeBits, bits); }
std::string_view word(Verdict verdict) { return to_word(kVerdicts, verdict); }
std::string_view word(Proof proof) { return to_word(kProofs, proof); }
Kind kind_of(std::string_view word) { return from_word(kKinds, word); }
Libc libc_of(std::string_view word) { return from_word(kLibcs, word); }
TimeBits time_bits_of(std::string_view word) { return from_word(kTimeBits, word); }
Proof proof_of(std::string_view word) { return from_word(kProofs, word); }

}  // namespace ttrace::audit
