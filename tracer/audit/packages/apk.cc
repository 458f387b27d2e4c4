// apk's one file: P: name, V: version, A: architecture, F: a directory, R: a file in it, and an
// empty line at the end of a package (https://wiki.alpinelinux.org/wiki/Apk_spec).
#include "tracer/audit/packages/package_map.h"

namespace ttrace::audit {
namespace {

void read_installed(const std::string& path, PackageMap& map) {
  const std::string text = read_whole(path);
  std::string_view rest = text;
  std::size_t package = PackageMap::kNone;
  Package made;
  std::string directory;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.size() < 2 || line[1] != ':') {
      made = {};
      package = PackageMap::kNone;
      continue;
    }
    const std::string value(line.substr(2));
    if (line[0] == 'P') made.name = value;
    if (line[0] == 'V') made.version = value;
    if (line[0] == 'A') made.architecture = value;
    if (line[0] == 'F') directory = value.empty() ? "" : "/" + value;
    if (line[0] != 'R' || made.name.empty()) continue;
    if (package == PackageMap::kNone) {
      made.manager = "apk";
      package = map.add(made);
    }
    map.own(directory + "/" + value, package);
  }
}

}  // namespace

void read_apk(const std::string& root, PackageMap& map) {
  read_installed(root + "/lib/apk/db/installed", map);
  read_installed(root + "/usr/lib/apk/db/installed", map);
}

}  // namespace ttrace::audit
