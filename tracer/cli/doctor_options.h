// The command line of `ttrace doctor`.
#pragma once

#include <string>

namespace ttrace {

struct DoctorOptions {
  std::string format = "text";  // or "json"
};

}  // namespace ttrace
