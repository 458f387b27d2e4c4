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

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

OutputChoice::OutputChoice() : OutputChoice(format_names(format_registry())) {}

std::vector<std::string> OutputChoice::names() const {
  std::vector<std::string> names;
  for (const FormatName& entry : formats_) names.emplace_back(entry.name);
  return names;
}

/// Nothing when the name of the file has no extension, or one that no format has.
std::optional<std::string> OutputChoice::format_of(const std::string& path) const {
  const std::string name = lower(std::filesystem::path(path).filename().string());
  std::optional<std::string> format;
  std::size_t longest = 0;
  for (const FormatName& entry : formats_) {
    for (const std::string_view extension : entry.extensions) {
      if (extension.size() <= longest || name.size() <= extension.size()) continue;
      if (!name.ends_with(extension)) continue;
      longest = extension.size();
      format = entry.name;
    }
  }
  return format;
}

std::string OutputChoice::format_or_default(const std::string& path) const {
  if (const auto format = format_of(path)) return *format;
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension.empty()) return kDefaultFormat;
  throw UserError(
      fmt::format("no report format has the extension {} of '{}'", extension, path),
      fmt::format("name the format: -f FORMAT -o {}; formats are {}", path, join_words(names())));
}

void OutputChoice::format(const std::string& name) {
  const auto known = names();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw UserError(fmt::format("there is no report format '{}'", name),
                    "formats are " + join_words(known));
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
