// Where the options end and COMMAND begins. CLI11 takes options wherever they stand; ttrace's end
// at the first word that is none, so that `ttrace sudo ls -l` gives -l to ls.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ttrace {

struct SplitWords {
  std::vector<std::string> options;  // with their values, all known to the app
  std::vector<std::string> command;  // COMMAND and its arguments
  bool dashes = false;               // `--` stood before COMMAND
};

/// Splits `words` by the options that `app` declares. --help and --version end it, whatever
/// follows. UserError for an unknown option, a missing or empty value, or a value where none
/// belongs.
SplitWords split_words(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace ttrace
