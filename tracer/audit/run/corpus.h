// The commands that a user wants tried in 2038: a file with one for each line.
#pragma once

#include <string>
#include <vector>

namespace ttrace::audit {

/// The lines, each a command for the root's sh; without empty ones and those that begin with #.
/// UserError if the file cannot be read, or is no text of a sensible size.
std::vector<std::string> read_corpus(const std::string& path);

}  // namespace ttrace::audit
