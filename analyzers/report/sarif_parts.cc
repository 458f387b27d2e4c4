#include "analyzers/report/sarif_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/finding_kinds.h"
#include "analyzers/place.h"
#include "analyzers/report/text_format.h"

namespace ttrace::sarif {
namespace {

constexpr const char* kTargetRoot = "TARGETROOT";
constexpr const char* kSourceRoot = "SRCROOT";

// RFC 3986: what stands for itself in a path.
bool is_plain(char c) {
  constexpr std::string_view kPlain = "-._~!$&'()*+,;=@/";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kPlain.find(c) != std::string_view::npos;
}

std::string percent_encoded(std::string_view path) {
  std::string text;
  for (const char c : path) {
    text += is_plain(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

/// "time.wrapped-argument" → "TimeWrappedArgument".
std::string pascal_case(std::string_view id) {
  std::string name;
  bool starts = true;
  for (const char c : id) {
    if (c == '.' || c == '-') {
      starts = true;
    } else {
      name += starts && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      starts = false;
    }
  }
  return name;
}

Json region(int line) { return {{"startLine", line > 0 ? line : 1}}; }

/// Where in memory and in its module (3.32).
Json address(const Frame& frame) {
  Json json = {{"absoluteAddress", frame.ip}, {"kind", "instruction"}};
  if (frame.function) json["name"] = printable(*frame.function);
  if (frame.function_offset) json["offsetFromParent"] = *frame.function_offset;
  if (!frame.module.empty()) json["fullyQualifiedName"] = printable(frame.module);
  return json;
}

const char* problem_severity(Level level) {
  return level == Level::kNote ? "recommendation" : level_name(level);
}

/// The rule of a finding id (3.49).
Json rule(std::string_view id) {
  const FindingKind* const kind = find_kind(id);
  const std::string area(id.substr(0, id.find('.')));
  Json json = {{"id", printable(id)}, {"name", printable(pascal_case(id))}};
  if (kind == nullptr) return json;
  const std::string summary = std::string(kind->summary) + ".";
  json["shortDescription"] = {{"text", summary}};
  json["fullDescription"] = {{"text", summary}};
  const std::string remedy(kind->remedy.empty() ? kind->summary : kind->remedy);
  json["help"] = {{"text", remedy}, {"markdown", remedy}};
  json["defaultConfiguration"] = {{"level", level_name(kind->level)}};
  json["properties"] = {{"tags", Json::array({area})},
                        {"precision", "very-high"},
                        {"problem.severity", problem_severity(kind->level)}};
  return json;
}

}  // namespace

Json message(std::string_view text) {
  std::string shown = printable(text);
  for (std::size_t at = 0; (at = shown.find("](", at)) != std::string::npos; at += 3) {
    shown.insert(at, 1, '\\');
  }
  return {{"text", shown.empty() ? "-" : shown}};
}

Json artifact_location(std::string_view path) {
  const bool is_absolute = path.starts_with('/');
  while (path.starts_with('/')) path.remove_prefix(1);
  return {{"uri", percent_encoded(path)}, {"uriBaseId", is_absolute ? kTargetRoot : kSourceRoot}};
}

Json file_location(std::string_view path) {
  return {
      {"physicalLocation", {{"artifactLocation", artifact_location(path)}, {"region", region(1)}}}};
}

Json frame_location(const Frame& frame) {
  Json place = {{"address", address(frame)}};
  if (frame.file) {
    place["artifactLocation"] = artifact_location(*frame.file);
    place["region"] = region(frame.line.value_or(1));
  } else if (!frame.module.empty()) {
    place["artifactLocation"] = artifact_location(frame.module);
    place["region"] = region(1);
  }
  Json location = {{"physicalLocation", place}, {"message", message(function_text(frame))}};
  if (frame.function) {
    location["logicalLocations"] = Json::array(
        {{{"name", printable(*frame.function)},
          {"fullyQualifiedName", printable(base_name(frame.module) + "!" + *frame.function)},
          {"kind", "function"}}});
  }
  return location;
}

Json stack(std::string_view title, const Stack& frames) {
  Json list = Json::array();
  for (const Frame& frame : frames) {
    Json json = {{"location", frame_location(frame)}};
    if (!frame.module.empty()) json["module"] = printable(base_name(frame.module));
    list.push_back(json);
  }
  return {{"message", message(title)}, {"frames", list}};
}

std::string_view level(Level level) { return level_name(level); }

Json uri_bases(const std::string& root) {
  Json target = {{"description", {{"text", "The root directory that the target sees."}}}};
  if (root.empty() || root.starts_with('/')) {
    const std::string path = percent_encoded(root);
    target["uri"] = fmt::format("file://{}{}", path, path.ends_with("/") ? "" : "/");
  }
  return {{kTargetRoot, target},
          {kSourceRoot, {{"description", {{"text", "Where the target was compiled."}}}}}};
}

std::size_t Quota::room_for(Level level) const {
  std::size_t room = kMostResults;
  for (std::size_t worse = index(level) + 1; worse < wanted_.size(); ++worse)
    room -= std::min(room, wanted_[worse]);
  return room;
}

bool Quota::has_room(Level level) {
  if (given_.at(index(level)) < room_for(level)) {
    ++given_.at(index(level));
    return true;
  }
  ++left_out_;
  return false;
}

Json left_out_note(std::size_t count) {
  const std::string text = fmt::format(
      "{} results are left out, the least severe: code-scanning views take {} at most. "
      "The json report has all.",
      count, kMostResults);
  return {{"level", "warning"}, {"message", message(text)}};
}

Json fingerprints(const std::string& hash) {
  return {{"ttrace/v1", hash}, {"primaryLocationLineHash", hash + ":1"}};
}

std::size_t Log::number_rule(const std::string& id) {
  const auto [found, is_new] = rule_numbers_.emplace(id, rules_.size());
  if (is_new) rules_.push_back(rule(id));
  return found->second;
}

void Log::add(Json result) {
  result["ruleIndex"] = number_rule(result.at("ruleId"));
  text_ += text_.empty() ? "\n" : ",\n";
  text_ += to_text(result);
}

std::string Log::take(const std::string& version, const Json& run) {
  Json whole = {{"tool",
                 {{"driver",
                   {{"name", "ttrace"},
                    {"fullName", "ttrace " + version},
                    {"version", version},
                    {"semanticVersion", version},
                    {"rules", std::move(rules_)}}}}},
                {"columnKind", "unicodeCodePoints"}};
  whole.update(run);
  std::string rest = to_text(whole);
  rest.front() = ',';  // the run goes on behind its results
  return "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
         "\"runs\":[{\"results\":[" +
         std::move(text_) + "]" + rest + "]}\n";
}

}  // namespace ttrace::sarif
