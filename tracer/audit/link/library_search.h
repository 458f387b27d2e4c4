// Where the loader of a root would find a library: DT_RPATH, DT_RUNPATH with $ORIGIN, ld.so.conf
// with its includes, musl's path file, the standard directories (ld.so(8)). Links are followed
// within the root, as if it were /.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/unique_fd.h"

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
  /// Told a file's real path on this machine; true ends the search.
  using Take = std::function<bool(const std::string& path)>;
  /// Calls `take` with every file of that name in the order of the search, until it is content; the
  /// first of the right machine is the loader's.
  void try_each(const std::string& name, const Asker& asker, const Take& take) const;

  /// The real path on this machine of a path within the root; nothing if it leads nowhere.
  std::optional<std::string> real_path(const std::string& path) const;

 private:
  void read_conf(const std::string& path, int depth);
  void add_directory(std::string_view directory);
  bool try_path(const std::string& path, const Take& take) const;
  bool try_paths(const std::string& name, const Asker& asker, std::string_view list,
                 const Take& take) const;

  std::string root_;
  UniqueFd root_fd_;
  bool here_ = false;
  std::vector<std::string> directories_;
};

}  // namespace ttrace::audit
