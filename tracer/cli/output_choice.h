// Which report goes where: the meaning of -f and -o in the order in which they stand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tracer/cli/options.h"

namespace ttrace {

/// Collects -f and -o. -f names the format of the next -o; after the last -o it names the format
/// for a file whose name does not tell, else that of a report on standard error.
class OutputChoice {
 public:
  /// UserError when there is no such format.
  void format(const std::string& name);
  void output(const std::string& path);
  /// At least one; text on standard error when nothing was asked for. UserError when a format
  /// cannot be told from a file's name, or a file is named twice.
  std::vector<OutputSpec> finish();

 private:
  struct Choice {
    std::optional<std::string> format;
    std::string path;
  };
  std::optional<std::string> pending_;
  std::vector<Choice> choices_;
};

}  // namespace ttrace
