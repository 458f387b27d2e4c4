#include "analyzers/audit/renderer.h"

namespace ttrace::audit {

const std::vector<Format>& formats() {
  static const std::vector<Format> entries = {
      {"text", {".txt"}, render_text},
      {"json", {".json"}, render_json},
      {"jsonl", {".jsonl", ".ndjson"}, render_jsonl},
      {"html", {".html", ".htm"}, render_html},
      {"sarif", {".sarif", ".sarif.json"}, render_sarif},
      {"junit", {".xml"}, render_junit},
  };
  return entries;
}

}  // namespace ttrace::audit
