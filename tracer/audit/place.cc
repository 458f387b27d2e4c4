#include "tracer/audit/place.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "tracer/audit/archive.h"
#include "tracer/audit/walk.h"
#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

bool is_directory(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}

/// A directory that could be the / of a system: a foreign one may be as bare as etc and lib.
bool is_root(const std::string& path) {
  if (!is_directory(path + "/etc")) return false;
  constexpr std::array kSystem = {"/usr/lib", "/lib", "/usr/bin", "/bin"};
  for (const char* name : kSystem) {
    if (is_directory(path + name)) return true;
  }
  return false;
}

std::string enclosing_root(std::string path) {
  while (!path.empty()) {
    if (is_root(path)) return path;
    path.erase(path.rfind('/'));
  }
  return path;
}

std::string absolute(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (real) return real.get();
  throw UserError(fmt::format("cannot audit '{}': {}", path, std::strerror(errno)),
                  "PATH is a file, a package, a directory or the root of a system");
}

}  // namespace

std::string Place::on_machine(const std::string& path) const {
  return tree.kind == "root" ? root + path : path;
}

std::string Place::in_tree(const std::string& on_machine) const {
  if (tree.kind != "root" || !on_machine.starts_with(root + "/")) return on_machine;
  return on_machine.substr(root.size());
}

Place place_of(const std::string& path) {
  Place place;
  place.tree.path = absolute(path);
  const std::string bare = place.tree.path == "/" ? "" : place.tree.path;
  place.root = enclosing_root(bare);
  if (!is_directory(place.tree.path) && is_archive(place.tree.path)) {
    place.tree.kind = "archive";
    return place;
  }
  place.tree.kind = !is_directory(place.tree.path) ? "file"
                    : place.root == bare           ? "root"
                                                   : "directory";
  return place;
}

std::vector<Place> archives_in(const Place& directory) {
  std::vector<Place> places;
  if (directory.tree.kind != "directory") return places;
  std::vector<std::string> files = walk(directory.tree.path).files;
  std::sort(files.begin(), files.end());
  for (std::string& file : files) {
    if (!is_archive(file)) continue;
    places.push_back({{std::move(file), "archive"}, directory.root, 0});
  }
  return places;
}

}  // namespace ttrace::audit
