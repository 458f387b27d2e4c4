// dpkg and opkg keep a file of stanzas with each package's version, and a list of its files in
// info/PACKAGE.list or, for a package that several architectures may have, PACKAGE:ARCH.list.
#include "tracer/audit/packages/package_map.h"

namespace ttrace::audit {
namespace {

struct Layout {
  std::string status;  // the file of stanzas
  std::string lists;   // the directory of lists
  const char* manager;
};

bool take_field(std::string_view line, std::string_view name, std::string& value) {
  if (!line.starts_with(name)) return false;
  value = line.substr(name.size());
  return true;
}

void read_field(std::string_view line, Package& package, bool& installed) {
  std::string state;
  (void)(take_field(line, "Package: ", package.name) ||
         take_field(line, "Version: ", package.version) ||
         take_field(line, "Architecture: ", package.architecture));
  if (!take_field(line, "Status: ", state)) return;
  installed = state.ends_with(" installed") || state.ends_with(" unpacked");
}

/// A line is a path; opkg may add a tab and the mode.
void own_files(std::string_view list, std::size_t package, PackageMap& map) {
  while (!list.empty()) {
    const std::string_view line = take_line(list);
    const std::string_view path = line.substr(0, line.find('\t'));
    if (path.size() > 1 && path != "/.") map.own(std::string(path), package);
  }
}

// The name becomes part of a path: one that is no package's name is not followed.
bool is_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos && name[0] != '.';
}

void add_package(const Layout& layout, Package package, bool installed, PackageMap& map) {
  if (!installed || !is_name(package.name) || package.architecture.find('/') != std::string::npos)
    return;
  const std::string base = layout.lists + "/" + package.name;
  std::string list = read_whole(base + ":" + package.architecture + ".list");
  if (list.empty()) list = read_whole(base + ".list");
  package.manager = layout.manager;
  const std::size_t index = map.add(std::move(package));
  own_files(list, index, map);
}

void read_stanzas(const Layout& layout, PackageMap& map) {
  const std::string status = read_whole(layout.status);
  std::string_view rest = status;
  Package package;
  bool installed = false;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    read_field(line, package, installed);
    if (!line.empty() && !rest.empty()) continue;
    add_package(layout, std::move(package), installed, map);
    package = {};
    installed = false;
  }
}

}  // namespace

void read_dpkg(const std::string& root, PackageMap& map) {
  const std::string base = root + "/var/lib/dpkg";
  read_stanzas({base + "/status", base + "/info", "dpkg"}, map);
}

void read_opkg(const std::string& root, PackageMap& map) {
  for (const char* base : {"/usr/lib/opkg", "/var/lib/opkg"}) {
    const std::string directory = root + base;
    read_stanzas({directory + "/status", directory + "/info", "opkg"}, map);
  }
}

}  // namespace ttrace::audit
