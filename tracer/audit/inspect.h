// One file of a tree: opened without side effects, told apart by its first bytes, examined.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tracer/audit/file_facts.h"

namespace ttrace::audit {

/// The state of a file now; nothing if it is gone.
std::optional<Stamp> stamp_of(const std::string& path);

/// Nothing for data: no ELF file, no script, nothing that looks as if it should be one. With
/// `named`, the user asked for this very file, and there is always an answer. `facts.file.path` is
/// left to the caller. `root`: of the system that it is of, without a slash at its end. Never
/// blocks on a FIFO or a device, never follows a link.
std::optional<FileFacts> inspect(const std::string& path, const std::string& root, bool named);

/// The same of a file in memory, which is changed by libelf. `executable`: by its mode.
std::optional<FileFacts> inspect_bytes(std::vector<char>& bytes, bool executable);

}  // namespace ttrace::audit
