#include "tracer/session/core_mappings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tracer/base/first_line.h"
#include "tracer/stacks/proc_maps.h"

namespace ttrace {
namespace {

constexpr std::uint64_t kPage = 4096;

bool has_flag(std::string_view flags, std::string_view flag) {
  for (std::size_t at = 0; at + 2 <= flags.size(); at += 3) {
    if (flags.substr(at, 2) == flag) return true;
  }
  return false;
}

// "Anonymous:            12 kB"
void read_attribute(std::string_view line, CoreMapping& mapping) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view key = line.substr(0, colon);
  const std::size_t at = line.find_first_not_of(' ', colon + 1);
  const std::string_view value = at == std::string_view::npos ? "" : line.substr(at);
  if (key == "Anonymous" || key == "Swap") {
    mapping.written |= !value.starts_with("0 ");
  } else if (key == "VmFlags") {
    mapping.left_out = has_flag(value, "dd") || has_flag(value, "io");
    mapping.huge = has_flag(value, "ht");
  }
}

}  // namespace

std::vector<CoreMapping> parse_smaps(std::string_view text) {
  std::vector<CoreMapping> mappings;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (const auto maps = stacks::parse_all_maps(line); !maps.empty()) {
      const stacks::Mapping& m = maps.front();
      mappings.push_back(
          {m.start, m.end, m.offset, m.readable, m.writable, m.executable, m.shared, m.name});
    } else if (!mappings.empty()) {
      read_attribute(line, mappings.back());
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  std::erase_if(mappings, [](const CoreMapping& m) { return m.name == "[vsyscall]"; });
  return mappings;
}

std::uint64_t size_in_core(const CoreMapping& mapping, unsigned filter, bool is_program) {
  const std::uint64_t whole = mapping.end - mapping.start;
  const auto if_asked = [&](unsigned bit) { return filter & bit ? whole : 0; };
  if (mapping.name == "[vdso]") return whole;
  if (mapping.left_out) return 0;
  if (mapping.huge) return if_asked(mapping.shared ? kDumpHugeShared : kDumpHugePrivate);
  if (mapping.shared) {
    // A file without a name: shared memory that no mmap() named one for, or that was removed.
    const bool nameless = !mapping.in_file() || mapping.name.ends_with(" (deleted)");
    return if_asked(nameless ? kDumpAnonymousShared : kDumpFileShared);
  }
  if (mapping.written && (filter & kDumpAnonymousPrivate)) return whole;
  if (!mapping.in_file()) return 0;
  if (filter & kDumpFilePrivate) return whole;
  const bool is_header =
      (filter & kDumpElfHeaders) && mapping.offset == 0 && mapping.readable && is_program;
  return is_header ? std::min(kPage, whole) : 0;
}

unsigned coredump_filter(Pid pid) {
  const std::string text = first_line(fmt::format("/proc/{}/coredump_filter", raw(pid)));
  unsigned filter = kDumpByDefault;
  std::from_chars(text.data(), text.data() + text.size(), filter, 16);
  return filter;
}

}  // namespace ttrace
