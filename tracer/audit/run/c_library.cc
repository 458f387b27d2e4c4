#include "tracer/audit/run/c_library.h"

#include <fcntl.h>
#include <glob.h>

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <string_view>

#include "tracer/audit/elf/elf_image.h"

namespace ttrace::audit {
namespace {

using Wanted = std::map<std::string, std::size_t, std::less<>>;

void add_functions(const ElfImage& image, Elf_Scn* section, const GElf_Shdr& header,
                   const Wanted& wanted, std::vector<FunctionPlace>& found) {
  Elf_Data* const data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (!gelf_getsym(data, i, &symbol) || symbol.st_shndx == SHN_UNDEF) continue;
    const char* const name = elf_strptr(image.elf(), header.sh_link, symbol.st_name);
    if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || name == nullptr) continue;
    const auto function = wanted.find(std::string_view(name));
    if (function == wanted.end()) continue;
    if (const auto place = image.place(symbol.st_value)) {
      found.push_back({function->second, place->offset});
    }
  }
}

}  // namespace

std::set<std::string> c_libraries(const std::string& root) {
  constexpr std::array kPlaces = {"/lib/libc.so.6", "/lib32/libc.so.6", "/lib/*/libc.so.6"};
  std::set<std::string> libraries;
  for (const char* const place : kPlaces) {
    glob_t found{};
    if (glob((root + place).c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) {
        const std::unique_ptr<char, decltype(&std::free)> real(realpath(found.gl_pathv[i], nullptr),
                                                               &std::free);
        // A link may lead out of the root.
        if (real && std::string_view(real.get()).starts_with(root)) libraries.insert(real.get());
      }
    }
    globfree(&found);
  }
  return libraries;
}

std::vector<FunctionPlace> function_places(const std::string& library,
                                           const std::vector<std::string>& functions) {
  std::vector<FunctionPlace> found;
  const ElfImage image(UniqueFd(open(library.c_str(), O_RDONLY | O_CLOEXEC)));
  if (!image.is_valid()) return found;
  Wanted wanted;
  for (std::size_t i = 0; i < functions.size(); ++i) wanted.emplace(functions[i], i);
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(image.elf(), section)) != nullptr;) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM) continue;
    add_functions(image, section, header, wanted, found);
  }
  return found;
}

}  // namespace ttrace::audit
