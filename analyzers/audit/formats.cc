#include "analyzers/audit/renderer.h"

namespace ttrace::audit {

const std::vector<Format>& formats() {
  static const std::vector<Format> entries = {
      {"text", {".txt"}, render_text},
      {"json", {".json"}, render_json},
  };
  return entries;
}

}  // namespace ttrace::audit
