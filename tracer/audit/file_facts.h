// What the first pass keeps of one file: the unit that goes into the database.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzers/audit/report.h"

namespace ttrace::audit {

/// Tells whether a file changed since it was looked at.
struct Stamp {
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(const Stamp&) const = default;
};

struct FileFacts {
  File file;  // with the findings that its own calls give
  Stamp stamp;
  std::string soname, rpath, runpath;
  std::vector<std::string> needed;    // in the order of the file
  std::vector<std::string> imports;   // names that a library other than the C library must define
  std::vector<std::string> exports;   // names that it defines
  std::vector<std::string> leads;     // of a library with a bad call: "*" if its code was followed,
                                      // then "FUNCTION CALL" for each that leads there, and
                                      // "FUNCTION CALL fails" if it makes and heeds it itself
  std::vector<std::string> time_abi;  // exported functions with a 32-bit time_t in their signature
};

}  // namespace ttrace::audit
