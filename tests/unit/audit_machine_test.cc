// Machines by their ELF header, and what is known of the times there.
#include <catch2/catch.hpp>

#include "tracer/audit/elf/classify.h"
#include "tracer/audit/elf/machine.h"

namespace ttrace::audit {
namespace {

TEST_CASE("a machine has its distribution's name", "[audit]") {
  struct Row {
    Machine machine;
    const char* name;
    bool born_time64, short_utmp;
  };
  const Row row = GENERATE(values<Row>({
      {{EM_386, 32, false, 0}, "i386", false, true},
      {{EM_X86_64, 64, false, 0}, "x86-64", true, true},
      {{EM_X86_64, 32, false, 0}, "x32", true, true},
      {{EM_ARM, 32, false, 0x05000400}, "armhf", false, true},
      {{EM_ARM, 32, false, 0x05000200}, "armel", false, true},
      {{EM_ARM, 32, true, 0x05000200}, "armeb", false, true},
      {{EM_AARCH64, 64, false, 0}, "arm64", true, false},
      {{EM_MIPS, 32, true, 0x70001007}, "mips", false, true},
      {{EM_MIPS, 32, false, 0x70001007}, "mipsel", false, true},
      {{EM_MIPS, 32, true, 0x60000027}, "mipsn32", false, true},
      {{EM_MIPS, 64, false, 0}, "mips64el", true, true},
      {{EM_PPC, 32, true, 0}, "powerpc", false, true},
      {{EM_PPC64, 64, false, 2}, "ppc64el", true, true},
      {{EM_68K, 32, true, 0}, "m68k", false, true},
      {{EM_RISCV, 32, false, 0}, "riscv32", true, false},
      {{EM_RISCV, 64, false, 0}, "riscv64", true, true},
      {{EM_PARISC, 32, true, 0}, "hppa", false, true},
      {{EM_SH, 32, false, 0}, "sh4", false, true},
      {{EM_S390, 32, true, 0}, "s390", false, true},
      {{EM_S390, 64, true, 0}, "s390x", true, true},
      {{EM_SPARC32PLUS, 32, true, 0}, "sparc", false, true},
      {{EM_SPARCV9, 64, true, 0}, "sparc64", true, true},
      {{9999, 32, false, 0}, "em9999", false, true},
  }));
  CAPTURE(row.name);
  CHECK(machine_name(row.machine) == row.name);
  CHECK(is_born_time64(row.machine) == row.born_time64);
  CHECK(has_short_utmp(row.machine) == row.short_utmp);
}

TEST_CASE("what a call does depends on the C library", "[audit]") {
  const Time32Row& stat = *find_time32_import("stat");
  CHECK(finding_of(stat, Libc::kGlibc).id == "audit.eoverflow");
  CHECK(finding_of(stat, Libc::kMusl).id == "audit.wrap");
  const Time32Row& time = *find_time32_import("time");
  CHECK(finding_of(time, Libc::kMusl).id == "audit.eoverflow");
  CHECK(finding_of(time, Libc::kBionic).id == "audit.wrap");
  CHECK(finding_of(*find_time32_import("glob"), Libc::kGlibc).level == Level::kNote);
  CHECK(finding_of(*find_time32_import("nanosleep"), Libc::kGlibc).id == "audit.duration");
  CHECK(is_utmp_call("pututxline"));
  CHECK_FALSE(is_utmp_call("putchar"));
}

}  // namespace
}  // namespace ttrace::audit
