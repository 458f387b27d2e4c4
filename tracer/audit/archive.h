// A package or another archive as a tree of files: .deb, .udeb, .ipk, .apk, .rpm, tar and zip. Its
// members are read in memory; nothing is unpacked to disk.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tracer/audit/file_facts.h"

namespace ttrace::audit {

/// By the name's ending.
bool is_archive(std::string_view path);

/// Calls `take` for each member that is an ELF file or a script, with `facts.file.path` as it would
/// be installed. Empty: all was read; else why not.
std::string read_archive(const std::string& path, const std::function<void(FileFacts)>& take);

/// Name, version and architecture by what the package says of itself: the control file of a .deb or
/// .ipk, the .PKGINFO of an .apk, the header of an .rpm; else by the file's name
/// ("foo_1.2-3_armhf.deb").
Package package_of_archive(const std::string& path);

}  // namespace ttrace::audit
