// The plain values of an audit: words both ways, verdicts, and what is said of a finding.
#include <catch2/catch.hpp>

#include "analyzers/audit/report.h"

namespace ttrace::audit {
namespace {

TEST_CASE("a value's word leads back to it", "[audit]") {
  for (const Kind kind : {Kind::kProgram, Kind::kStatic, Kind::kLibrary, Kind::kScript,
                          Kind::kObject, Kind::kUnreadable}) {
    CHECK(kind_of(word(kind)) == kind);
  }
  for (const Libc libc : {Libc::kUnknown, Libc::kGlibc, Libc::kMusl, Libc::kUclibc, Libc::kBionic,
                          Libc::kDietlibc, Libc::kNone}) {
    CHECK(libc_of(word(libc)) == libc);
  }
  for (const TimeBits bits : {TimeBits::kUnknown, TimeBits::k32, TimeBits::k64, TimeBits::kBoth}) {
    CHECK(time_bits_of(word(bits)) == bits);
  }
  for (const Proof proof :
       {Proof::kNotRun, Proof::kProven, Proof::kReachedFine, Proof::kNotReached}) {
    CHECK(proof_of(word(proof)) == proof);
  }
  CHECK(kind_of("nonsense") == Kind::kUnreadable);
}

TEST_CASE("the worst finding makes the verdict", "[audit]") {
  File file;
  CHECK(verdict_of(file) == Verdict::kUnknown);
  file.kind = Kind::kProgram;
  CHECK(verdict_of(file) == Verdict::kFine);
  file.findings.push_back({"audit.duration", Level::kNote, "select", "", "", ""});
  CHECK(verdict_of(file) == Verdict::kFine);
  file.findings.push_back({"audit.refused", Level::kWarning, "settimeofday", "", "", ""});
  CHECK(verdict_of(file) == Verdict::kMayBreak);
  file.findings.push_back({"audit.eoverflow", Level::kError, "time", "", "", ""});
  CHECK(verdict_of(file) == Verdict::kBreaks);
}

TEST_CASE("a finding says through what it is reached, and how to mend it", "[audit]") {
  File file;
  file.libc = Libc::kGlibc;
  const Finding direct{"audit.eoverflow", Level::kError, "time", "", "", ""};
  CHECK(message_of(file, direct) == "time() fails with EOVERFLOW past 2038-01-19T03:14:07Z");
  CHECK_THAT(hint_of(file, direct), Catch::Contains("_TIME_BITS=64"));
  const Finding through{"audit.eoverflow", Level::kError, "time", "/lib/liba.so.1", "a_now", ""};
  CHECK_THAT(message_of(file, through), Catch::EndsWith(", through a_now() of /lib/liba.so.1"));
  file.libc = Libc::kMusl;
  CHECK_THAT(hint_of(file, direct), Catch::Contains("musl 1.2"));
}

}  // namespace
}  // namespace ttrace::audit
