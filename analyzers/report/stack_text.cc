#include "analyzers/report/stack_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/place.h"
#include "analyzers/report/text_format.h"

namespace ttrace {
namespace {

// With these a line of three columns fits 80 behind the report's indent, for C names and libraries.
constexpr std::size_t kMaxFunction = 32;
constexpr std::size_t kMaxModule = 20;

struct Cells {
  std::string function;
  std::string module;
  std::string source;
};

Cells cells_of(const Frame& frame, bool full_paths) {
  Cells cells;
  cells.function = printable(function_text(frame));
  cells.module = frame.module.empty()
                     ? fmt::format("{:#x}", frame.ip)
                     : printable(full_paths ? frame.module : base_name(frame.module));
  cells.source = printable(source_text(frame));
  return cells;
}

std::size_t widest(const std::vector<Cells>& rows, std::string Cells::*cell, std::size_t limit) {
  std::size_t width = 0;
  for (const Cells& row : rows) {
    const std::size_t used = columns(row.*cell);
    if (used <= limit) width = std::max(width, used);
  }
  return width;
}

std::string without_trailing_spaces(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::vector<std::string> stack_lines(const Stack& stack, bool full_paths) {
  std::vector<Cells> rows;
  for (const Frame& frame : stack) rows.push_back(cells_of(frame, full_paths));
  const std::size_t function_width = widest(rows, &Cells::function, kMaxFunction);
  const std::size_t module_width = widest(rows, &Cells::module, kMaxModule);
  std::vector<std::string> lines;
  for (const Cells& row : rows) {
    std::string line = padded(row.function, function_width);
    if (columns(line) > function_width) {
      lines.push_back(line);
      line = std::string(function_width, ' ');
    }
    line += "  " + padded(row.module, module_width) + "  " + row.source;
    lines.push_back(without_trailing_spaces(line));
  }
  return lines;
}

}  // namespace ttrace
