// The factories of the built-in renderers, for registry.cc alone.
#pragma once

#include <memory>

#include "analyzers/report/renderer.h"

namespace ttrace {

std::unique_ptr<Renderer> make_text_renderer();
std::unique_ptr<Renderer> make_json_renderer();
std::unique_ptr<Renderer> make_jsonl_renderer();
std::unique_ptr<Renderer> make_html_renderer();
std::unique_ptr<Renderer> make_sarif_renderer();
std::unique_ptr<Renderer> make_junit_renderer();
std::unique_ptr<Renderer> make_trace_renderer();

}  // namespace ttrace
