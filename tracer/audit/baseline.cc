#include "tracer/audit/baseline.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

using Json = nlohmann::json;

// The parts of a key cannot hold a zero byte.
std::string key_of(const std::string& file, const std::string& id, const std::string& symbol,
                   const std::string& library) {
  std::string key = file;
  for (const std::string* part : {&id, &symbol, &library}) {
    key += '\0';
    key += *part;
  }
  return key;
}

std::string text_of(const Json& finding, const char* name) {
  const auto found = finding.find(name);
  return found != finding.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::set<std::string> read_keys(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw UserError(fmt::format("cannot read the baseline '{}'", path), "");
  const Json report = Json::parse(file, nullptr, false);
  if (!report.is_object() || report.value("schema", Json()) != "ttrace-audit/1" ||
      !report.contains("findings")) {
    throw UserError(fmt::format("'{}' is no report of ttrace audit", path),
                    "make one with `ttrace audit -f json -o FILE PATH...`");
  }
  std::set<std::string> keys;
  for (const Json& finding : report["findings"]) {
    if (!finding.is_object()) continue;
    keys.insert(key_of(text_of(finding, "file"), text_of(finding, "id"), text_of(finding, "symbol"),
                       text_of(finding, "library")));
  }
  return keys;
}

}  // namespace

void apply_baseline(const std::string& path, Report& report) {
  const std::set<std::string> known = read_keys(path);
  for (File& file : report.files) {
    for (Finding& finding : file.findings) {
      finding.in_baseline =
          known.contains(key_of(file.path, finding.id, finding.symbol, finding.library));
      report.totals.known += finding.in_baseline;
    }
  }
}

}  // namespace ttrace::audit
