// Every output format. To add one: a file beside this one, its factory in builtin.h, a line here.
#include "analyzers/report/builtin.h"
#include "analyzers/report/renderer.h"

namespace ttrace {

const std::vector<FormatEntry>& format_registry() {
  static const std::vector<FormatEntry> entries = {
      {"text", {".txt"}, make_text_renderer},
      {"json", {".json"}, make_json_renderer},
      {"jsonl", {".jsonl", ".ndjson"}, make_jsonl_renderer},
      {"html", {".html", ".htm"}, make_html_renderer},
      {"sarif", {".sarif", ".sarif.json"}, make_sarif_renderer},
      {"trace", {".trace", ".trace.json"}, make_trace_renderer},
      {"junit", {".xml"}, make_junit_renderer},
  };
  return entries;
}

}  // namespace ttrace
