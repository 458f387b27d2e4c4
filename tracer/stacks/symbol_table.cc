#include "tracer/stacks/symbol_table.h"

#include <algorithm>
#include <limits>

namespace ttrace::stacks {
namespace {

// How many functions may begin within another one ahead of the address asked for.
constexpr int kMaxNested = 256;
// Most tables are asked for a few functions, and to sort one takes as long as thirty searches.
constexpr int kMostUnsorted = 16;

bool is_function(const GElf_Sym& symbol) {
  const unsigned char type = GELF_ST_TYPE(symbol.st_info);
  return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_size > 0 &&
         symbol.st_shndx != SHN_UNDEF;
}

/// The indices under which `definitions` defines versions called GLIBC_PRIVATE.
std::unordered_set<unsigned> private_versions(Elf* elf, Elf_Data* definitions, GElf_Word strings) {
  std::unordered_set<unsigned> indices;
  GElf_Verdef definition;
  for (int at = 0; ::gelf_getverdef(definitions, at, &definition) != nullptr;) {
    GElf_Verdaux name;
    const auto aux = static_cast<int>(static_cast<GElf_Word>(at) + definition.vd_aux);
    if (::gelf_getverdaux(definitions, aux, &name) != nullptr) {
      const char* text = ::elf_strptr(elf, strings, name.vda_name);
      if (text != nullptr && std::string_view(text) == "GLIBC_PRIVATE") {
        indices.insert(definition.vd_ndx);
      }
    }
    const auto next = static_cast<std::int64_t>(at) + definition.vd_next;
    if (definition.vd_next == 0 || next > std::numeric_limits<int>::max()) break;
    at = static_cast<int>(next);
  }
  return indices;
}

struct DynamicSections {
  Elf_Data* symbols = nullptr;
  Elf_Data* versions = nullptr;
  Elf_Data* definitions = nullptr;
  GElf_Word strings = 0;
};

DynamicSections dynamic_sections(Elf* elf) {
  DynamicSections found;
  for (Elf_Scn* section = nullptr; (section = ::elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (::gelf_getshdr(section, &header) == nullptr) continue;
    if (header.sh_type == SHT_DYNSYM) {
      found.symbols = ::elf_getdata(section, nullptr);
      found.strings = header.sh_link;
    }
    if (header.sh_type == SHT_GNU_versym) found.versions = ::elf_getdata(section, nullptr);
    if (header.sh_type == SHT_GNU_verdef) found.definitions = ::elf_getdata(section, nullptr);
  }
  return found;
}

}  // namespace

SymbolTable::SymbolTable(Dwfl_Module* module, std::uint64_t low, std::uint64_t high)
    : module_(module) {
  const int count = ::dwfl_module_getsymtab(module);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol;
    GElf_Addr start = 0;
    if (::dwfl_module_getsym_info(module, i, &symbol, &start, nullptr, nullptr, nullptr) ==
            nullptr ||
        !is_function(symbol) || start < low || start >= high) {
      continue;
    }
    const std::uint64_t size =
        std::min<std::uint64_t>(symbol.st_size, std::numeric_limits<std::uint32_t>::max());
    entries_.push_back({start, static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(i)});
  }
  entries_.shrink_to_fit();
  collect_private_names();
}

// By name, since libdwfl numbers the symbols of all tables anew.
void SymbolTable::collect_private_names() {
  GElf_Addr bias = 0;
  Elf* elf = ::dwfl_module_getelf(module_, &bias);
  const DynamicSections found = elf == nullptr ? DynamicSections{} : dynamic_sections(elf);
  if (found.symbols == nullptr || found.versions == nullptr || found.definitions == nullptr) return;
  const auto versions = private_versions(elf, found.definitions, found.strings);
  if (versions.empty()) return;
  GElf_Sym symbol;
  GElf_Versym version = 0;
  for (int i = 0; ::gelf_getsym(found.symbols, i, &symbol) != nullptr &&
                  ::gelf_getversym(found.versions, i, &version) != nullptr;
       ++i) {
    if (!versions.contains(version & 0x7fffU)) continue;
    const char* name = ::elf_strptr(elf, found.strings, symbol.st_name);
    if (name != nullptr) private_names_.insert(name);
  }
}

SymbolName SymbolTable::name_of(const Entry& entry) const {
  GElf_Sym symbol;
  GElf_Addr start = 0;
  const char* name = ::dwfl_module_getsym_info(module_, static_cast<int>(entry.index), &symbol,
                                               &start, nullptr, nullptr, nullptr);
  if (name == nullptr) return {};
  const auto binding = static_cast<unsigned char>(GELF_ST_BIND(symbol.st_info));
  return {name, private_names_.contains(name), binding};
}

// The inner ones first.
std::vector<SymbolTable::Entry> SymbolTable::holding(std::uint64_t address) {
  std::vector<Entry> found;
  const auto by_start = [](const Entry& a, const Entry& b) { return a.start < b.start; };
  const auto add = [&](const Entry& entry) {
    if (address - entry.start < entry.size) found.push_back(entry);
  };
  if (searches_ < kMostUnsorted) {
    ++searches_;
    for (const Entry& entry : entries_) add(entry);
    std::stable_sort(found.begin(), found.end(), by_start);
    std::reverse(found.begin(), found.end());
    if (found.size() > kMaxNested) found.resize(kMaxNested);
    return found;
  }
  if (searches_ == kMostUnsorted) {
    ++searches_;
    std::stable_sort(entries_.begin(), entries_.end(), by_start);
  }
  auto at = std::upper_bound(entries_.begin(), entries_.end(), Entry{address, 0, 0}, by_start);
  for (int looked = 0; at != entries_.begin() && looked < kMaxNested; ++looked) add(*--at);
  return found;
}

std::optional<FunctionAt> SymbolTable::find(std::uint64_t address) {
  const Entry* best = nullptr;
  SymbolName best_name;
  const std::vector<Entry> entries = holding(address);
  for (const Entry& entry : entries) {
    if (best != nullptr && entry.start != best->start) break;
    const SymbolName name = name_of(entry);
    if (name.name.empty()) continue;
    if (best == nullptr || rank(name) < rank(best_name)) {
      best = &entry;
      best_name = name;
    }
  }
  if (best == nullptr) return std::nullopt;
  return FunctionAt{readable(best_name.name), best->start};
}

}  // namespace ttrace::stacks
