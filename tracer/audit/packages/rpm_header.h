// A package's header as rpm keeps it in its database.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ttrace::audit {

struct RpmHeader {
  std::string name, version, release, architecture;
  std::vector<std::string> files;
};

/// A blob of the Packages table, which may be anything: what lies outside of it is left out.
RpmHeader parse_rpm_header(std::string_view blob);

}  // namespace ttrace::audit
