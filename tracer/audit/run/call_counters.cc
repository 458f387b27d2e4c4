#include "tracer/audit/run/call_counters.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <set>

#include "tracer/audit/elf/elf_image.h"
#include "tracer/base/first_line.h"

namespace ttrace::audit {
namespace {

constexpr const char* kUprobeType = "/sys/bus/event_source/devices/uprobe/type";
constexpr std::size_t kMostCounters = 800;  // within the usual limit of 1024 descriptors

using Offsets = std::vector<std::pair<std::string, std::uint64_t>>;

void add_functions(const ElfImage& image, Elf_Scn* section, const GElf_Shdr& header,
                   const std::set<std::string>& wanted, Offsets& found) {
  Elf_Data* const data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (!gelf_getsym(data, i, &symbol) || symbol.st_shndx == SHN_UNDEF) continue;
    const char* const name = elf_strptr(image.elf(), header.sh_link, symbol.st_name);
    if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || !name || !wanted.contains(name)) continue;
    if (const auto place = image.place(symbol.st_value)) found.emplace_back(name, place->offset);
  }
}

/// An event of perf: how often this place is executed on one processor.
UniqueFd count_at(std::uint32_t type, const std::string& library, std::uint64_t offset, int cgroup,
                  int processor) {
  perf_event_attr attributes{};
  attributes.type = type;
  attributes.size = sizeof attributes;
  attributes.uprobe_path = reinterpret_cast<std::uint64_t>(library.c_str());
  attributes.probe_offset = offset;
  return UniqueFd(static_cast<int>(syscall(SYS_perf_event_open, &attributes, cgroup, processor, -1,
                                           PERF_FLAG_FD_CLOEXEC | PERF_FLAG_PID_CGROUP)));
}

/// Each file once, by whichever name.
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

}  // namespace

Offsets function_offsets(const std::string& library, const std::vector<std::string>& functions) {
  Offsets found;
  const ElfImage image(UniqueFd(open(library.c_str(), O_RDONLY | O_CLOEXEC)));
  if (!image.is_valid()) return found;
  const std::set<std::string> wanted(functions.begin(), functions.end());
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(image.elf(), section)) != nullptr;) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM) continue;
    add_functions(image, section, header, wanted, found);
  }
  return found;
}

CallCounters::CallCounters(int cgroup, const std::string& root,
                           const std::vector<std::string>& functions) {
  // Of the machine's own library: it would cost every process a trap.
  if (root == "/" || cgroup < 0) return;
  for (const std::string& library : c_libraries(root)) count(cgroup, library, functions);
}

void CallCounters::count(int cgroup, const std::string& library,
                         const std::vector<std::string>& functions) {
  const std::string text = first_line(kUprobeType);
  std::uint32_t type = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), type).ec != std::errc{}) return;
  for (const auto& [function, offset] : function_offsets(library, functions)) {
    for (int processor = 0; processor < get_nprocs_conf(); ++processor) {
      if (counters_.size() >= kMostCounters) return;
      UniqueFd event = count_at(type, library, offset, cgroup, processor);
      if (event) counters_.push_back({function, std::move(event)});
    }
  }
}

std::vector<std::string> CallCounters::called() {
  std::set<std::string> names;
  for (Counter& counter : counters_) {
    std::uint64_t count = 0;
    if (read(counter.event.get(), &count, sizeof count) != sizeof count) continue;
    if (count != counter.last) names.insert(counter.function);
    counter.last = count;
  }
  return {names.begin(), names.end()};
}

}  // namespace ttrace::audit
