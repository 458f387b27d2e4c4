// Which report goes where: the meaning of -f and -o in the order in which they stand.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracer/cli/options.h"

namespace ttrace {

/// The format of --record: an output like the others, but of all events (tracer/recording/).
inline constexpr std::string_view kRecordingFormat = "recording";

/// A format by the name that -f gives it, and the extensions (".json") that infer it from -o.
struct FormatName {
  std::string_view name;
  std::vector<std::string_view> extensions;
};
/// The names of any registry of formats.
template <typename Registry>
std::vector<FormatName> format_names(const Registry& registry) {
  std::vector<FormatName> names;
  for (const auto& entry : registry) names.push_back({entry.name, entry.extensions});
  return names;
}

/// Collects -f and -o. -f names the format of the next -o; after the last -o it names the format
/// for a file whose name does not tell, else that of a report on standard error.
class OutputChoice {
 public:
  /// Of the formats of a run.
  OutputChoice();
  explicit OutputChoice(std::vector<FormatName> formats) : formats_(std::move(formats)) {}
  /// UserError when there is no such format.
  void format(const std::string& name);
  void output(const std::string& path);
  /// At least one; text on standard error when nothing was asked for. UserError when a format
  /// cannot be told from a file's name, or a file is named twice.
  std::vector<OutputSpec> finish();

 private:
  struct Choice {
    std::optional<std::string> format;
    std::string path;
  };
  std::vector<std::string> names() const;
  std::optional<std::string> format_of(const std::string& path) const;
  std::string format_or_default(const std::string& path) const;

  std::vector<FormatName> formats_;
  std::optional<std::string> pending_;
  std::vector<Choice> choices_;
};

}  // namespace ttrace
