// Where a PATH of the command line lies: the tree that is walked, and the root in which its
// programs would find their libraries.
#pragma once

#include <string>
#include <vector>

#include "analyzers/audit/report.h"

namespace ttrace::audit {

struct Place {
  Tree tree;             // path: absolute, links followed
  std::string root;      // without a slash at its end; empty: the machine's own
  std::int64_t row = 0;  // of the tree in the database

  /// The path of a file of this tree on this machine, and back.
  std::string on_machine(const std::string& path) const;
  std::string in_tree(const std::string& on_machine) const;
};

/// UserError if there is nothing at `path`.
Place place_of(const std::string& path);

/// The packages and other archives in a directory that is no root, each a place of its own, sorted.
std::vector<Place> archives_in(const Place& directory);

}  // namespace ttrace::audit
