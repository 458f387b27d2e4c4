#include "tracer/audit/elf/static_program.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "tracer/audit/elf/classify.h"
#include "tracer/audit/elf/code_scan.h"
#include "tracer/audit/elf/raw_calls.h"

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxBytes = 256U << 20;
constexpr std::size_t kMaxSymbols = 2'000'000;

struct Mark {
  std::string_view text;
  Libc libc;
};

// Functions and messages that only one C library has. The messages are in every static program of
// it, stripped or not.
constexpr std::array kSymbols = {Mark{"__libc_setup_tls", Libc::kGlibc},
                                 Mark{"_dl_relocate_static_pie", Libc::kGlibc},
                                 Mark{"__uClibc_main", Libc::kUclibc},
                                 Mark{"__init_libc", Libc::kMusl},
                                 Mark{"__dls2", Libc::kMusl},
                                 Mark{"__libc_init_secure", Libc::kGlibc},
                                 Mark{"__dietlibc_version", Libc::kDietlibc},
                                 Mark{"__libc_start_init", Libc::kMusl},
                                 Mark{"libc_start_main_stage2", Libc::kMusl},
                                 Mark{"__libc_init", Libc::kBionic}};
constexpr std::array kMessages = {Mark{"cannot set up thread-local storage", Libc::kGlibc},
                                  Mark{"Fatal glibc error", Libc::kGlibc},
                                  Mark{"Unexpected reloc type in static binary", Libc::kGlibc},
                                  Mark{"No error information", Libc::kMusl}};

class StaticProgram {
 public:
  StaticProgram(const ElfImage& image, FileFacts& facts) : image_(image), file_(facts.file) {}

  void examine() {
    read_sections();
    tell_language();
    tell_libc();
    if (image_.machine().bits == 64 || is_born_time64(image_.machine())) {
      file_.time_bits = TimeBits::k64;
      return;
    }
    if (!functions_.empty()) look_at_calls();
    if (file_.libc == Libc::kNone || file_.libc == Libc::kUnknown) look_at_numbers();
    if (functions_.empty() && file_.libc != Libc::kNone) admit_ignorance();
    conclude();
  }

 private:
  void read_sections() {
    std::size_t names = 0;
    if (::elf_getshdrstrndx(image_.elf(), &names) != 0) return;
    for (Elf_Scn* scn = nullptr; (scn = ::elf_nextscn(image_.elf(), scn)) != nullptr;) {
      GElf_Shdr section;
      if (::gelf_getshdr(scn, &section) == nullptr) return;
      const char* name = ::elf_strptr(image_.elf(), names, section.sh_name);
      if (name != nullptr) sections_.insert(name);
      if (section.sh_type == SHT_SYMTAB) read_symbols(scn, section);
    }
  }

  void read_symbols(Elf_Scn* scn, const GElf_Shdr& section) {
    Elf_Data* data = section.sh_size > kMaxBytes ? nullptr : ::elf_getdata(scn, nullptr);
    GElf_Sym symbol;
    for (std::size_t i = 1; data != nullptr && i < kMaxSymbols; ++i) {
      if (::gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
      const unsigned type = GELF_ST_TYPE(symbol.st_info);
      if (symbol.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC)) continue;
      const char* name = ::elf_strptr(image_.elf(), section.sh_link, symbol.st_name);
      if (name != nullptr) functions_.emplace(name, symbol.st_value);
    }
  }

  bool has_text(std::string_view text) const {
    for (const GElf_Phdr& s : image_.segments()) {
      if (s.p_type != PT_LOAD || s.p_filesz > kMaxBytes) continue;
      if (image_.bytes(s.p_offset, s.p_filesz).find(text) != std::string_view::npos) return true;
    }
    return false;
  }

  void tell_language() {
    const bool go = sections_.contains(".go.buildinfo") || sections_.contains(".note.go.buildid") ||
                    has_text("\xff Go buildinf:");
    if (go) file_.language = "go";
    if (!go && has_text("/rustc/")) file_.language = "rust";
  }

  void tell_libc() {
    for (const Mark& mark : kSymbols) {
      if (functions_.contains(std::string(mark.text))) {
        file_.libc = mark.libc;
        return;
      }
    }
    for (const Mark& mark : kMessages) {
      if (!has_text(mark.text)) continue;
      file_.libc = mark.libc;
      return;
    }
    if (file_.language == "go" || sections_.empty() || !functions_.empty())
      file_.libc = Libc::kNone;
  }

  /// Every plain function that some code calls; the C library itself calls the 64-bit variants.
  void look_at_calls() {
    std::unordered_map<std::uint64_t, const Time32Row*> plain;
    for (const auto& [name, address] : functions_) {
      const Time32Row* row = find_time32_import(name);
      if (row != nullptr && tells(*row)) plain.emplace(address & ~thumb_bit(), row);
      if (find_time64_import(name) != nullptr) long_ = true;
    }
    if (!can_follow()) return guess_from(plain);
    std::set<const Time32Row*> called;
    const auto on_branches = [&](std::span<const Branch> branches) {
      for (const Branch& branch : branches) {
        const auto found = plain.find(branch.target & ~thumb_bit());
        if (found != plain.end()) called.insert(found->second);
      }
    };
    for_code([&](std::string_view code, std::uint64_t address) {
      if (image_.machine().code == EM_ARM) {
        scan_arm(code, address, on_branches);
      } else {
        scan_i386(code, address, 0, {0, 0xffffffff}, on_branches);
      }
    });
    for (const Time32Row* row : called) {
      file_.findings.push_back(finding_of(*row, file_.libc));
      short_ = true;
    }
  }

  /// The C library's own code calls the plain functions that have nothing to do with a date.
  bool tells(const Time32Row& row) const {
    if (file_.libc == Libc::kMusl && !tells_in_musl(row)) return false;
    return row.behaviour < Time32Class::kConverts && !row.seldom;
  }

  bool can_follow() const {
    const Machine& machine = image_.machine();
    return machine.code == EM_386 || (machine.code == EM_ARM && !machine.big_endian);
  }
  std::uint64_t thumb_bit() const { return image_.machine().code == EM_ARM ? 1 : 0; }

  /// Code that is not read: the functions are there, whether they are called is not known. A C
  /// library without any 64-bit variant leaves no doubt.
  void guess_from(const std::unordered_map<std::uint64_t, const Time32Row*>& plain) {
    for (const auto& [address, row] : plain) {
      Finding finding = finding_of(*row, file_.libc);
      if (long_ && finding.level == Level::kError) finding.level = Level::kWarning;
      file_.findings.push_back(std::move(finding));
    }
    short_ = !plain.empty();
  }

  template <typename Take>
  void for_code(Take take) const {
    for (const GElf_Phdr& s : image_.segments()) {
      if (s.p_type != PT_LOAD || (s.p_flags & PF_X) == 0 || s.p_filesz > kMaxBytes) continue;
      take(image_.bytes(s.p_offset, s.p_filesz), s.p_vaddr);
    }
  }

  void look_at_numbers() {
    for_code([this](std::string_view code, std::uint64_t) {
      for (const RawCall& call : find_raw_calls(image_.machine(), code)) {
        file_.findings.push_back(raw_call_finding(call, file_.machine));
        short_ = true;
      }
    });
  }

  void admit_ignorance() {
    Finding finding;
    finding.id = "audit.static-libc";
    finding.level = Level::kWarning;
    finding.symbol = word(file_.libc);
    file_.findings.push_back(std::move(finding));
  }

  void conclude() {
    file_.time_bits = short_ && long_ ? TimeBits::kBoth
                      : short_        ? TimeBits::k32
                      : long_         ? TimeBits::k64
                                      : TimeBits::kUnknown;
  }

  const ElfImage& image_;
  File& file_;
  std::set<std::string> sections_;
  std::unordered_map<std::string, std::uint64_t> functions_;
  bool short_ = false, long_ = false;
};

}  // namespace

void examine_static(const ElfImage& image, FileFacts& facts) {
  StaticProgram(image, facts).examine();
}

}  // namespace ttrace::audit
