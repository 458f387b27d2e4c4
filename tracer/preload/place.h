// Where a run keeps what its targets need of ttrace: a directory of its own with the libraries and
// the channel, in the root that they live in.
#pragma once

#include <string>

namespace ttrace::preload {

/// In the child, inside its root: makes the directory, and returns its path. UserError if there is
/// no place for it. Any user must be able to load the libraries and to write to the channel, since
/// programs change their user; the directory's name cannot be guessed.
std::string make_place();

/// The environment by which a program finds `place`: "NAME=VALUE" each, in addition to what this
/// process has now.
void enter_environment(const std::string& place);

/// The path of the channel in it.
std::string channel_path(const std::string& place);

/// Removes what make_place() made; `place` may be seen through another root. Nothing there is no
/// error.
void remove_place(const std::string& place);

}  // namespace ttrace::preload
