// The C libraries of a root, and where in them a function begins.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ttrace::audit {

/// glibc's, where Debian and its kin keep it; each file once, by whichever name.
std::set<std::string> c_libraries(const std::string& root);

struct FunctionPlace {
  std::size_t function;  // of those asked for
  std::uint64_t offset;  // in the file
};

/// Where in the file `library` the functions begin that it defines, of those asked for; empty for
/// what is no ELF file. A function that is chosen at run time (IFUNC) has no such place.
std::vector<FunctionPlace> function_places(const std::string& library,
                                           const std::vector<std::string>& functions);

}  // namespace ttrace::audit
