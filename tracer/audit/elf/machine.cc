#include "tracer/audit/elf/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ttrace::audit {
namespace {

// Newer than Debian 12's elf.h.
constexpr std::uint16_t kOpenRisc = 92;
constexpr std::uint16_t kArcCompact2 = 195;
constexpr std::uint16_t kLoongArch = 258;

struct Name {
  std::uint16_t code;
  std::string_view little32, big32, little64, big64;
};

constexpr std::array kNames = {
    Name{EM_386, "i386", "", "", ""},
    Name{EM_X86_64, "x32", "", "x86-64", ""},
    Name{EM_ARM, "armel", "armeb", "", ""},
    Name{EM_AARCH64, "arm64-ilp32", "", "arm64", "arm64be"},
    Name{EM_MIPS, "mipsel", "mips", "mips64el", "mips64"},
    Name{EM_PPC, "powerpcel", "powerpc", "", ""},
    Name{EM_PPC64, "", "", "ppc64el", "ppc64"},
    Name{EM_68K, "", "m68k", "", ""},
    Name{EM_RISCV, "riscv32", "", "riscv64", ""},
    Name{EM_PARISC, "", "hppa", "", "hppa64"},
    Name{EM_SH, "sh4", "sh4eb", "", ""},
    Name{EM_SPARC, "", "sparc", "", ""},
    Name{EM_SPARC32PLUS, "", "sparc", "", ""},
    Name{EM_SPARCV9, "", "", "", "sparc64"},
    Name{EM_S390, "", "s390", "", "s390x"},
    Name{EM_ALPHA, "", "", "alpha", ""},
    Name{EM_IA_64, "", "", "ia64", ""},
    Name{EM_MICROBLAZE, "microblazeel", "microblaze", "", ""},
    Name{EM_ALTERA_NIOS2, "nios2", "", "", ""},
    Name{kOpenRisc, "", "or1k", "", ""},
    Name{EM_XTENSA, "xtensa", "xtensaeb", "", ""},
    Name{kArcCompact2, "arc", "arceb", "", ""},
    Name{EM_CSKY, "csky", "", "", ""},
    Name{kLoongArch, "loong32", "", "loong64", ""},
};

std::string_view table_name(const Machine& machine) {
  const auto* row = std::find_if(kNames.begin(), kNames.end(),
                                 [&](const Name& name) { return name.code == machine.code; });
  if (row == kNames.end()) return "";
  if (machine.bits == 64) return machine.big_endian ? row->big64 : row->little64;
  return machine.big_endian ? row->big32 : row->little32;
}

}  // namespace

Machine machine_of(const GElf_Ehdr& header) {
  return {header.e_machine,
          static_cast<std::uint8_t>(header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32),
          header.e_ident[EI_DATA] == ELFDATA2MSB, header.e_flags};
}

std::string machine_name(const Machine& machine) {
  std::string name(table_name(machine));
  if (name.empty()) return fmt::format("em{}", machine.code);
  const bool hard_float = (machine.flags & EF_ARM_ABI_FLOAT_HARD) != 0;
  if (machine.code == EM_ARM && !machine.big_endian && hard_float) return "armhf";
  const bool n32 =
      machine.code == EM_MIPS && machine.bits == 32 && (machine.flags & EF_MIPS_ABI2) != 0;
  if (n32) name.insert(4, "n32");
  return name;
}

// glibc: sysdeps/.../bits/timesize.h of riscv (2.33), arc (2.32), or1k (2.35) and x32.
bool is_born_time64(const Machine& machine) {
  if (machine.bits == 64) return true;
  return machine.code == EM_X86_64 || machine.code == EM_RISCV || machine.code == kArcCompact2 ||
         machine.code == kOpenRisc || machine.code == kLoongArch;
}

// glibc's bits/wordsize.h: __WORDSIZE_TIME64_COMPAT32 is 1 on these; 0 on arm64, alpha and ia64.
bool has_short_utmp(const Machine& machine) {
  if (machine.bits == 32) return !is_born_time64(machine) || machine.code == EM_X86_64;
  constexpr std::array kShort = {EM_X86_64, EM_PPC64, EM_MIPS, EM_SPARCV9, EM_S390, EM_RISCV};
  return std::find(kShort.begin(), kShort.end(), machine.code) != kShort.end();
}

}  // namespace ttrace::audit
