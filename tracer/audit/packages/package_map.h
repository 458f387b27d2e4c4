// Which package of a root each file belongs to, from the databases that the package managers keep
// there: dpkg's, opkg's, apk's and rpm's. They are the root's word: read with bounds, never run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzers/audit/report.h"

namespace ttrace::audit {

class PackageMap {
 public:
  /// Adds a package and returns its index.
  std::size_t add(Package package);
  void own(std::string path, std::size_t package);

  /// The package of a path within the root, where directories such as /bin may be links into /usr;
  /// null: of none.
  const Package* find(std::string_view path) const;
  /// The same as an index into all().
  std::size_t index_of(std::string_view path) const;
  const std::vector<Package>& all() const { return packages_; }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

 private:
  std::vector<Package> packages_;
  std::unordered_map<std::string, std::uint32_t> owners_;
};

/// Of every package manager that left its database in `root` (a path without a slash at its end).
PackageMap read_packages(const std::string& root);

// One for each kind of database; `root` without it: nothing is added.
void read_dpkg(const std::string& root, PackageMap& map);
void read_opkg(const std::string& root, PackageMap& map);
void read_apk(const std::string& root, PackageMap& map);
void read_rpm(const std::string& root, PackageMap& map);

/// A file of at most a gigabyte, whole; empty if it cannot be read or is no regular file.
std::string read_whole(const std::string& path);

/// Takes the first line off `text`, without its end.
std::string_view take_line(std::string_view& text);

}  // namespace ttrace::audit
