#include "tracer/audit/baseline.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

using Json = nlohmann::json;

constexpr const char* kSchema = "ttrace-audit/1";

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

std::string key_of(const Json& finding) {
  return key_of(text_of(finding, "file"), text_of(finding, "id"), text_of(finding, "symbol"),
                text_of(finding, "library"));
}

/// A report in json is one value, one in jsonl several, each with its type: findings, and at the
/// end the run.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(path) {
    if (!file_) throw UserError(fmt::format("cannot read the baseline '{}'", path), "");
  }

  std::set<std::string> read() {
    while (!whole_ && has_more()) take(next());
    if (has_more()) refuse();
    if (whole_) return std::move(keys_);
    if (!lines_) refuse();
    throw UserError(fmt::format("the baseline '{}' is cut short: it has no line of the run", path_),
                    "the audit that wrote it was ended before its time: make it anew");
  }

 private:
  [[noreturn]] void refuse() const {
    throw UserError(fmt::format("'{}' is no report of ttrace audit in json or jsonl", path_),
                    "make one with `ttrace audit -f json -o FILE PATH...`");
  }

  bool has_more() { return !(file_ >> std::ws).eof() && file_.good(); }

  Json next() {
    try {
      Json value;
      file_ >> value;
      return value;
    } catch (const Json::exception&) {
      refuse();
    }
  }

  void take(const Json& value) {
    const std::string type = text_of(value, "type");
    const auto findings = value.find("findings");
    lines_ = lines_ || !type.empty();
    if (type == "finding") keys_.insert(key_of(value));
    if (!type.empty() && type != "run") return;
    const bool ends = lines_ ? type == "run" : findings != value.end() && findings->is_array();
    if (!ends || text_of(value, "schema") != kSchema) refuse();
    whole_ = true;
    if (lines_) return;
    for (const Json& finding : *findings) keys_.insert(key_of(finding));
  }

  std::string path_;
  std::ifstream file_;
  std::set<std::string> keys_;
  bool lines_ = false, whole_ = false;
};

}  // namespace

void apply_baseline(const std::string& path, Report& report) {
  const std::set<std::string> known = Reader(path).read();
  for (File& file : report.files) {
    for (Finding& finding : file.findings) {
      finding.in_baseline =
          known.contains(key_of(file.path, finding.id, finding.symbol, finding.library));
      report.totals.known += finding.in_baseline;
    }
  }
}

}  // namespace ttrace::audit
