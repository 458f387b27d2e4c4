#include "tracer/cli/output_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "analyzers/report/renderer.h"
#include "tracer/base/result.h"
#include "tracer/cli/suggest.h"

namespace ttrace {
namespace {

constexpr const char* kDefaultFormat = "text";

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const FormatEntry& entry : format_registry()) names.emplace_back(entry.name);
  return names;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Nothing when the name of the file has no extension, or one that no format has.
std::optional<std::string> format_of(const std::string& path) {
  const std::string name = lower(std::filesystem::path(path).filename().string());
  std::optional<std::string> format;
  std::size_t longest = 0;
  for (const FormatEntry& entry : format_registry()) {
    for (const std::string_view extension : entry.extensions) {
      if (extension.size() <= longest || name.size() <= extension.size()) continue;
      if (!name.ends_with(extension)) continue;
      longest = extension.size();
      format = entry.name;
    }
  }
  return format;
}

std::string format_or_default(const std::string& path) {
  if (const auto format = format_of(path)) return *format;
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension.empty()) return kDefaultFormat;
  throw UserError(fmt::format("no report format has the extension {} of '{}'", extension, path),
                  fmt::format("name the format: -f FORMAT -o {}; formats are {}", path,
                              join_words(format_names())));
}

}  // namespace

void OutputChoice::format(const std::string& name) {
  const auto names = format_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw UserError(fmt::format("there is no report format '{}'", name),
                    "formats are " + join_words(names));
  }
  pending_ = name;
}

void OutputChoice::output(const std::string& path) {
  const auto same = [&](const Choice& choice) { return choice.path == path; };
  if (std::any_of(choices_.begin(), choices_.end(), same)) {
    throw UserError(fmt::format("two reports would go to '{}'", path),
                    "give each -o a file of its own");
  }
  choices_.push_back({pending_, path});
  pending_.reset();
}

std::vector<OutputSpec> OutputChoice::finish() {
  if (pending_ && !choices_.empty() && !choices_.back().format &&
      !format_of(choices_.back().path)) {
    choices_.back().format = pending_;
    pending_.reset();
  }
  std::vector<OutputSpec> specs;
  for (const Choice& choice : choices_) {
    specs.push_back({choice.format ? *choice.format : format_or_default(choice.path), choice.path});
  }
  if (pending_ || specs.empty()) {
    specs.push_back({pending_.value_or(kDefaultFormat), std::nullopt});
  }
  return specs;
}

}  // namespace ttrace
