#include "tracer/stacks/proc_maps.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <array>
#include <charconv>
#include <climits>

#include "tracer/base/unique_fd.h"

namespace ttrace::stacks {
namespace {

/// Takes a number off the front of `text`, and the one character `after` it.
template <typename T>
bool take_number(std::string_view& text, T& value, int base, char after) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data() + text.size() || *end != after) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

bool take_permissions(std::string_view& text, Mapping& mapping) {
  if (text.size() < 5) return false;
  mapping.readable = text[0] == 'r';
  mapping.writable = text[1] == 'w';
  mapping.executable = text[2] == 'x';
  mapping.shared = text[3] == 's';
  text.remove_prefix(5);
  return true;
}

std::optional<Mapping> parse_line(std::string_view line) {
  Mapping m;
  unsigned major_nr = 0;
  unsigned minor_nr = 0;
  if (!take_number(line, m.start, 16, '-') || !take_number(line, m.end, 16, ' ') ||
      !take_permissions(line, m) || !take_number(line, m.offset, 16, ' ') ||
      !take_number(line, major_nr, 16, ':') || !take_number(line, minor_nr, 16, ' ') ||
      !take_number(line, m.inode, 10, ' ') || m.end <= m.start) {
    return std::nullopt;
  }
  m.dev = makedev(major_nr, minor_nr);
  const std::size_t name = line.find_first_not_of(' ');
  if (name != std::string_view::npos) m.name = line.substr(name);
  return m;
}

}  // namespace

std::vector<Mapping> parse_all_maps(std::string_view text) {
  std::vector<Mapping> maps;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    auto mapping = parse_line(text.substr(0, end));
    const bool in_order = mapping && (maps.empty() || mapping->start >= maps.back().end);
    if (in_order) maps.push_back(*mapping);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return maps;
}

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> maps = parse_all_maps(text);
  std::erase_if(maps,
                [](const Mapping& mapping) { return !mapping.executable && !mapping.in_file(); });
  return maps;
}

std::optional<std::string> read_maps(Pid tid) {
  const std::string path = fmt::format("/proc/{}/maps", raw(tid));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  std::string chunk(16384, '\0');
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(chunk, 0, static_cast<std::size_t>(got));
  }
}

void strip_root(std::vector<Mapping>& maps, std::string_view root) {
  if (root.size() < 2) return;
  for (Mapping& mapping : maps) {
    if (mapping.name.starts_with(root) && mapping.name[root.size()] == '/') {
      mapping.name.erase(0, root.size());
    }
  }
}

std::string root_of(Pid tid) {
  std::array<char, PATH_MAX> path;
  const std::string link = fmt::format("/proc/{}/root", raw(tid));
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(size));
}

}  // namespace ttrace::stacks
