#include "tracer/audit/elf/examine.h"

#include <fmt/format.h>

#include <algorithm>

#include "tracer/audit/elf/classify.h"
#include "tracer/audit/elf/dynamic.h"
#include "tracer/audit/elf/libc_of.h"

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxPath = 4096;

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

}  // namespace

void examine_elf(const ElfImage& image, FileFacts& facts) {
  File& file = facts.file;
  if (!image.is_valid()) return set_unreadable(facts, "its ELF header is damaged");
  file.bits = image.machine().bits;
  file.big_endian = image.machine().big_endian;
  file.machine = machine_name(image.machine());
  file.kind = Kind::kObject;
  if (image.header().e_type != ET_EXEC && image.header().e_type != ET_DYN) return;
  if (image.segment(PT_LOAD) == nullptr) return set_unreadable(facts, "no segment to load");
  if (std::string cut = what_is_cut(image); !cut.empty())
    return set_unreadable(facts, std::move(cut));
  file.interpreter = interpreter_of(image);
  const auto dynamic = read_dynamic(image);
  file.kind = kind_of_file(image, dynamic ? &*dynamic : nullptr, file.interpreter);
  if (!dynamic) return;
  if (!dynamic->broken.empty()) return set_unreadable(facts, dynamic->broken);
  examine_dynamic(image, *dynamic, facts);
}

}  // namespace ttrace::audit
