#include "tracer/audit/elf/examine.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "tracer/audit/elf/call_graph.h"
#include "tracer/audit/elf/classify.h"
#include "tracer/audit/elf/dynamic.h"
#include "tracer/audit/elf/libc_of.h"
#include "tracer/audit/elf/raw_calls.h"
#include "tracer/audit/elf/static_program.h"
#include "tracer/audit/elf/time_abi.h"

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxPath = 4096;
constexpr std::uint64_t kMaxData = 64U << 20;
constexpr std::uint64_t kMaxCode = 256U << 20;
constexpr std::string_view kLastlog = "/var/log/lastlog";

/// Collects what the imports of one file say.
class Imports {
 public:
  Imports(const Machine& machine, FileFacts& facts) : machine_(machine), facts_(facts) {}

  void add(const DynamicSymbol& symbol) {
    const bool from_libc = symbol.version.starts_with("GLIBC_");
    if (symbol.version.empty() || from_libc) judge(symbol.name);
    if (!from_libc) facts_.imports.emplace_back(symbol.name);
  }

  TimeBits time_bits() const {
    if (machine_.bits == 64 || is_born_time64(machine_)) return TimeBits::k64;
    if (short_ && long_) return TimeBits::kBoth;
    if (short_) return TimeBits::k32;
    return long_ ? TimeBits::k64 : TimeBits::kUnknown;
  }

 private:
  void judge(std::string_view name) {
    if (is_utmp_call(name) && facts_.file.libc == Libc::kGlibc && has_short_utmp(machine_)) {
      facts_.file.findings.push_back(utmp_finding(name));
    }
    if (is_born_time64(machine_)) return;
    if (find_time64_import(name) != nullptr) long_ = true;
    const Time32Row* row = find_time32_import(name);
    if (row == nullptr || (facts_.file.libc == Libc::kMusl && !tells_in_musl(*row))) return;
    short_ = true;
    facts_.file.findings.push_back(finding_of(*row, facts_.file.libc));
  }

  const Machine& machine_;
  FileFacts& facts_;
  bool short_ = false, long_ = false;
};

void set_unreadable(FileFacts& facts, std::string why) {
  facts.file.kind = Kind::kUnreadable;
  facts.file.why = std::move(why);
}

std::string interpreter_of(const ElfImage& image) {
  const GElf_Phdr* segment = image.segment(PT_INTERP);
  if (segment == nullptr) return {};
  const std::string_view text =
      image.bytes(segment->p_offset, std::min(segment->p_filesz, kMaxPath));
  return std::string(text.substr(0, text.find('\0')));
}

/// Debug symbols kept apart have the segments' headers, but not what is in them.
bool is_debug_file(const ElfImage& image) {
  for (Elf_Scn* scn = nullptr; (scn = ::elf_nextscn(image.elf(), scn)) != nullptr;) {
    GElf_Shdr section;
    if (::gelf_getshdr(scn, &section) == nullptr) return false;
    if (section.sh_type == SHT_NOBITS && (section.sh_flags & SHF_EXECINSTR) != 0) return true;
  }
  return false;
}

/// Empty if every segment that the loader maps is in the file.
std::string what_is_cut(const ElfImage& image) {
  for (const GElf_Phdr& s : image.segments()) {
    if (s.p_type != PT_LOAD || s.p_filesz == 0) continue;
    if (s.p_offset > image.size() || s.p_filesz > image.size() - s.p_offset) {
      return fmt::format("truncated: a segment ends at byte {}, the file at {}",
                         s.p_offset + s.p_filesz, image.size());
    }
  }
  return {};
}

/// lastlog has no function in the C library: who uses it opens the file by its name.
void look_for_lastlog(const ElfImage& image, FileFacts& facts) {
  if (!has_short_utmp(image.machine())) return;
  for (const GElf_Phdr& s : image.segments()) {
    if (s.p_type != PT_LOAD || (s.p_flags & PF_X) != 0 || s.p_filesz > kMaxData) continue;
    if (image.bytes(s.p_offset, s.p_filesz).find(kLastlog) == std::string_view::npos) continue;
    return facts.file.findings.push_back(utmp_finding(kLastlog));
  }
}

Kind kind_of_file(const ElfImage& image, const DynamicInfo* dynamic,
                  const std::string& interpreter) {
  if (image.header().e_type != ET_EXEC && image.header().e_type != ET_DYN) return Kind::kObject;
  if (!interpreter.empty() &&
      (dynamic == nullptr || dynamic->soname.empty() || dynamic->pie_flag)) {
    return Kind::kProgram;
  }
  if (image.header().e_type == ET_EXEC || dynamic == nullptr || dynamic->pie_flag)
    return Kind::kStatic;
  return Kind::kLibrary;
}

void examine_dynamic(const ElfImage& image, const DynamicInfo& dynamic, FileFacts& facts) {
  File& file = facts.file;
  file.libc = libc_of(file.interpreter, dynamic);
  facts.needed = dynamic.needed;
  facts.soname = dynamic.soname;
  facts.rpath = dynamic.rpath;
  facts.runpath = dynamic.runpath;
  Imports imports(image.machine(), facts);
  for (const DynamicSymbol& symbol : dynamic.symbols) {
    if (!symbol.defined) {
      imports.add(symbol);
    } else if (file.kind == Kind::kLibrary) {
      facts.exports.emplace_back(symbol.name);
    }
  }
  file.time_bits = imports.time_bits();
}

bool is_bad(const Finding& finding) {
  return finding.level != Level::kNote && finding.id != "audit.utmp";
}

void make_harmless(Finding& finding, Harmless why) {
  finding.level = Level::kNote;
  finding.id = why == Harmless::kUnreached   ? "audit.unreached"
               : why == Harmless::kMonotonic ? "audit.monotonic"
                                             : "audit.duration";
}

/// The C library and its loader make the old system calls where the kernel has no newer ones.
bool is_c_library(const DynamicInfo& dynamic) {
  if (dynamic.soname.starts_with("ld-") || dynamic.soname.starts_with("ld64")) return true;
  return std::any_of(dynamic.symbols.begin(), dynamic.symbols.end(), [](const DynamicSymbol& s) {
    return s.defined && s.name == "__libc_start_main";
  });
}

/// Whether it is worth the while to look for system calls that are made by number.
bool may_call_raw(const ElfImage& image, const DynamicInfo& dynamic) {
  if (image.machine().code != EM_386) return false;
  for (const DynamicSymbol& symbol : dynamic.symbols) {
    if (!symbol.defined && symbol.name == "syscall") return true;
  }
  return std::any_of(image.segments().begin(), image.segments().end(), [&](const GElf_Phdr& s) {
    return s.p_type == PT_LOAD && (s.p_flags & PF_X) != 0 && s.p_filesz <= kMaxCode &&
           !raw_call_places_i386(image.bytes(s.p_offset, s.p_filesz)).empty();
  });
}

void add_raw_calls(const Machine& machine, const std::vector<std::uint32_t>& numbers, File& file) {
  for (const std::uint32_t number : numbers) {
    if (const RawCall* call = find_raw_call_i386(number))
      file.findings.push_back(raw_call_finding(*call, machine_name(machine)));
  }
}

/// What the code tells of the calls that it makes: which are never made or never fail, and which of
/// a library's own functions lead to one, for those who use it.
void look_at_code(const ElfImage& image, const DynamicInfo& dynamic, FileFacts& facts) {
  std::vector<std::string_view> bad;
  for (const Finding& finding : facts.file.findings) {
    if (is_bad(finding)) bad.push_back(finding.symbol);
  }
  const bool is_library = facts.file.kind == Kind::kLibrary;
  const bool raw = !is_c_library(dynamic) && may_call_raw(image, dynamic);
  if (bad.empty() && !raw) return;
  const auto code = follow_code(image, dynamic, is_library ? bad : std::vector<std::string_view>());
  if (!code) return;
  if (raw) add_raw_calls(image.machine(), code->raw_calls, facts.file);
  for (const auto& [import, why] : code->harmless) {
    for (Finding& finding : facts.file.findings) {
      if (is_bad(finding) && finding.symbol == import) make_harmless(finding, why);
    }
    if (why == Harmless::kUnreached) std::erase(facts.imports, import);
  }
  if (!is_library || bad.empty()) return;
  facts.leads.emplace_back("*");
  for (const Lead& lead : code->leads) {
    facts.leads.push_back(
        fmt::format("{} {}{}", lead.entry, lead.import, lead.fails_with ? " fails" : ""));
  }
}

void look_at_abi(const ElfImage& image, const DynamicInfo& dynamic, const Whereabouts* where,
                 FileFacts& facts) {
  if (image.machine().bits == 64 || is_born_time64(image.machine())) return;
  std::unordered_set<std::string_view> exported;
  for (const DynamicSymbol& symbol : dynamic.symbols) {
    if (symbol.defined && symbol.is_function) exported.insert(symbol.name);
  }
  facts.time_abi = time_abi(image, where, exported);
  if (facts.time_abi.empty()) return;
  Finding finding;
  finding.id = "audit.abi-time";
  finding.level = Level::kWarning;
  finding.symbol = facts.time_abi.front();
  if (facts.time_abi.size() > 1)
    finding.detail = fmt::format("and {} functions more", facts.time_abi.size() - 1);
  facts.file.findings.push_back(std::move(finding));
}

}  // namespace

void examine_elf(const ElfImage& image, const Whereabouts* where, FileFacts& facts) {
  File& file = facts.file;
  if (!image.is_valid()) return set_unreadable(facts, "its ELF header is damaged");
  file.bits = image.machine().bits;
  file.big_endian = image.machine().big_endian;
  file.machine = machine_name(image.machine());
  file.kind = Kind::kObject;
  if (image.header().e_type != ET_EXEC && image.header().e_type != ET_DYN) return;
  if (image.segment(PT_LOAD) == nullptr) return set_unreadable(facts, "no segment to load");
  if (is_debug_file(image)) return;
  if (std::string cut = what_is_cut(image); !cut.empty())
    return set_unreadable(facts, std::move(cut));
  file.interpreter = interpreter_of(image);
  const auto dynamic = read_dynamic(image);
  file.kind = kind_of_file(image, dynamic ? &*dynamic : nullptr, file.interpreter);
  if (dynamic && !dynamic->broken.empty()) return set_unreadable(facts, dynamic->broken);
  if (file.kind == Kind::kStatic) return examine_static(image, facts);
  if (!dynamic) return set_unreadable(facts, "no dynamic section");
  examine_dynamic(image, *dynamic, facts);
  look_for_lastlog(image, facts);
  look_at_code(image, *dynamic, facts);
  if (file.kind == Kind::kLibrary) look_at_abi(image, *dynamic, where, facts);
}

}  // namespace ttrace::audit
