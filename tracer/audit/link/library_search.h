// Where the loader of a root would find a library: DT_RPATH, DT_RUNPATH with $ORIGIN, ld.so.conf
// with its includes, musl's path file, the standard directories (ld.so(8)). Links are followed
// within the root, as if it were /.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ttrace::audit {

class LibrarySearch {
 public:
  /// `root`: without a slash at its end; empty: the machine's own.
  explicit LibrarySearch(std::string root);

  /// Whether the root is a directory of this machine.
  bool is_here() const { return here_; }

  /// What asks for the library.
  struct Asker {
    std::string directory;  // of the file, within the root
    std::string_view rpath, runpath;
  };
  /// Every file of that name in the order of the search, by its real path on this machine; the
  /// first of the right machine is the loader's.
  std::vector<std::string> candidates(const std::string& name, const Asker& asker) const;

  /// The real path on this machine of a path within the root; nothing if it leads nowhere.
  std::optional<std::string> real_path(const std::string& path) const;

 private:
  void read_conf(const std::string& path, int depth);
  void add_directory(std::string_view directory);
  void try_paths(const std::string& name, const Asker& asker, std::string_view list,
                 std::vector<std::string>& found) const;

  std::string root_;
  bool here_ = false;
  std::vector<std::string> directories_;
};

}  // namespace ttrace::audit
