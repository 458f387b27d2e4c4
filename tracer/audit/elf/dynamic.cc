#include "tracer/audit/elf/dynamic.h"

#include <algorithm>
#include <map>

namespace ttrace::audit {
namespace {

constexpr std::size_t kMaxNeeded = 4096;
constexpr std::size_t kMaxVersions = 65536;
constexpr std::uint16_t kVersionMask = 0x7fff;
constexpr std::uint64_t kMaxStrings = 256U << 20;
constexpr std::int64_t kRelr = 36;  // DT_RELR, which Debian 12's elf.h has and older ones have not

class Reader {
 public:
  explicit Reader(const ElfImage& image) : image_(image) {}

  std::optional<DynamicInfo> read() {
    const GElf_Phdr* dynamic = image_.segment(PT_DYNAMIC);
    if (dynamic == nullptr) return std::nullopt;
    Elf_Data* data = image_.chunk(dynamic->p_offset, dynamic->p_filesz, ELF_T_DYN);
    if (data == nullptr) return broken("the dynamic section lies outside of the file");
    collect_tags(data);
    if (!read_strings()) return broken("the dynamic string table lies outside of the file");
    read_names();
    read_versions();
    read_symbols();
    return std::move(info_);
  }

 private:
  DynamicInfo broken(const char* why) {
    info_.broken = why;
    return std::move(info_);
  }

  void collect_tags(Elf_Data* data) {
    GElf_Dyn entry;
    for (int i = 0; ::gelf_getdyn(data, i, &entry) != nullptr && entry.d_tag != DT_NULL; ++i) {
      if (entry.d_tag == DT_NEEDED) {
        if (needed_.size() < kMaxNeeded) needed_.push_back(entry.d_un.d_val);
      } else {
        tags_.emplace(entry.d_tag, entry.d_un.d_val);
      }
    }
  }

  std::optional<std::uint64_t> tag(std::int64_t name) const {
    const auto found = tags_.find(name);
    if (found == tags_.end()) return std::nullopt;
    return found->second;
  }

  std::optional<ElfImage::Place> place_of(std::int64_t name) const {
    const auto address = tag(name);
    return address ? image_.place(*address) : std::nullopt;
  }

  bool read_strings() {
    const auto place = place_of(DT_STRTAB);
    const auto size = tag(DT_STRSZ);
    if (!place || !size || *size > place->left || *size > kMaxStrings) return false;
    strings_ = image_.bytes(place->offset, *size);
    return !strings_.empty();
  }

  std::string_view string_at(std::uint64_t offset) const {
    if (offset >= strings_.size()) return {};
    const auto begin = static_cast<std::size_t>(offset);
    const std::size_t end = strings_.find('\0', begin);
    return end == std::string_view::npos ? std::string_view{} : strings_.substr(begin, end - begin);
  }

  std::string string_of(std::int64_t name) const {
    const auto offset = tag(name);
    return offset ? std::string(string_at(*offset)) : std::string();
  }

  void read_names() {
    for (const std::uint64_t offset : needed_) info_.needed.emplace_back(string_at(offset));
    info_.soname = string_of(DT_SONAME);
    info_.rpath = string_of(DT_RPATH);
    info_.runpath = string_of(DT_RUNPATH);
    info_.got = tag(DT_PLTGOT).value_or(0);
    add_relocations(DT_REL, DT_RELSZ, false);
    add_relocations(DT_RELA, DT_RELASZ, true);
    add_relocations(DT_JMPREL, DT_PLTRELSZ, tag(DT_PLTREL).value_or(DT_REL) == DT_RELA);
    info_.packed_relocations = tag(kRelr).has_value();
    for (const std::int64_t name : {DT_INIT, DT_FINI}) {
      if (const auto address = tag(name)) info_.entries.push_back(*address);
    }
    info_.pie_flag = (tag(DT_FLAGS_1).value_or(0) & DF_1_PIE) != 0;
  }

  void add_relocations(std::int64_t address, std::int64_t size, bool with_addends) {
    const auto at = tag(address);
    if (at) info_.relocations.push_back({*at, tag(size).value_or(0), with_addends});
  }

  // Each step is bounded: vn_next and vna_next come from the file.
  void read_versions() {
    const auto place = place_of(DT_VERNEED);
    const auto count = tag(DT_VERNEEDNUM);
    if (!place || !count) return;
    Elf_Data* data =
        image_.chunk(place->offset, std::min<std::uint64_t>(place->left, 1U << 20), ELF_T_VNEED);
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; data != nullptr && i < std::min<std::uint64_t>(*count, kMaxVersions);
         ++i) {
      GElf_Verneed need;
      if (::gelf_getverneed(data, static_cast<int>(at), &need) == nullptr) return;
      read_version_names(data, at + need.vn_aux, need.vn_cnt);
      if (need.vn_next == 0 || at + need.vn_next > data->d_size) return;
      at += need.vn_next;
    }
  }

  void read_version_names(Elf_Data* data, std::uint64_t at, std::size_t count) {
    for (std::size_t i = 0; i < count && at < data->d_size; ++i) {
      GElf_Vernaux aux;
      if (::gelf_getvernaux(data, static_cast<int>(at), &aux) == nullptr) return;
      if (versions_.size() < kMaxVersions) {
        versions_.emplace(static_cast<std::uint16_t>(aux.vna_other & kVersionMask),
                          string_at(aux.vna_name));
      }
      if (aux.vna_next == 0) return;
      at += aux.vna_next;
    }
  }

  /// The table has no length of its own: section headers know it, MIPS has a tag, and else it ends
  /// where the strings begin, as every linker lays it out.
  std::uint64_t symbol_count(const ElfImage::Place& table, std::uint64_t entry) const {
    for (Elf_Scn* scn = nullptr; (scn = ::elf_nextscn(image_.elf(), scn)) != nullptr;) {
      GElf_Shdr section;
      if (::gelf_getshdr(scn, &section) == nullptr) break;
      if (section.sh_type == SHT_DYNSYM && section.sh_offset == table.offset)
        return section.sh_size / entry;
    }
    if (image_.machine().code == EM_MIPS) {
      if (const auto count = tag(DT_MIPS_SYMTABNO)) return *count;
    }
    const auto strings = place_of(DT_STRTAB);
    if (strings && strings->offset > table.offset) return (strings->offset - table.offset) / entry;
    return hash_count();
  }

  std::uint64_t hash_count() const {
    const auto place = place_of(DT_HASH);
    Elf_Data* data =
        place && place->left >= 8 ? image_.chunk(place->offset, 8, ELF_T_WORD) : nullptr;
    return data == nullptr ? 0 : static_cast<const std::uint32_t*>(data->d_buf)[1];  // nchain
  }

  void read_symbols() {
    const auto place = place_of(DT_SYMTAB);
    if (!place) return;
    const std::uint64_t entry = ::gelf_fsize(image_.elf(), ELF_T_SYM, 1, EV_CURRENT);
    const std::uint64_t count =
        std::min({symbol_count(*place, entry), place->left / entry, std::uint64_t{kMaxSymbols}});
    Elf_Data* table = image_.chunk(place->offset, count * entry, ELF_T_SYM);
    if (table == nullptr) return;
    const auto versym = place_of(DT_VERSYM);
    Elf_Data* indexes = versym && versym->left >= count * 2
                            ? image_.chunk(versym->offset, count * 2, ELF_T_HALF)
                            : nullptr;
    info_.symbols.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 1; i < count; ++i) add_symbol(table, indexes, static_cast<int>(i));
  }

  void add_symbol(Elf_Data* table, Elf_Data* indexes, int i) {
    GElf_Sym symbol;
    if (::gelf_getsym(table, i, &symbol) == nullptr) return;
    const unsigned binding = GELF_ST_BIND(symbol.st_info);
    if (binding == STB_LOCAL) return;
    DynamicSymbol made;
    made.name = string_at(symbol.st_name);
    if (made.name.empty()) return;
    made.defined = symbol.st_shndx != SHN_UNDEF;
    const unsigned type = GELF_ST_TYPE(symbol.st_info);
    made.is_function = type == STT_FUNC || type == STT_GNU_IFUNC;
    made.weak = binding == STB_WEAK;
    made.index = static_cast<std::uint32_t>(i);
    made.value = symbol.st_value;
    if (indexes != nullptr && !made.defined) {
      const auto index = static_cast<const std::uint16_t*>(indexes->d_buf)[i] & kVersionMask;
      const auto version = versions_.find(static_cast<std::uint16_t>(index));
      if (version != versions_.end()) made.version = version->second;
    }
    info_.symbols.push_back(made);
  }

  const ElfImage& image_;
  DynamicInfo info_;
  std::vector<std::uint64_t> needed_;
  std::map<std::int64_t, std::uint64_t> tags_;
  std::map<std::uint16_t, std::string_view> versions_;
  std::string_view strings_;
};

}  // namespace

std::optional<DynamicInfo> read_dynamic(const ElfImage& image) { return Reader(image).read(); }

}  // namespace ttrace::audit
