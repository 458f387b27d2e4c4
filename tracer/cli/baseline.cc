#include "tracer/cli/baseline.h"

#include <fmt/format.h>
#include <string.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "analyzers/fingerprint.h"
#include "tracer/base/result.h"

namespace ttrace {
namespace {

using Json = nlohmann::json;

constexpr const char* kSchema = "ttrace-report/1";

/// Takes the fingerprints out of a report as its text goes by: { "schema": …, "findings": [ {
/// "fingerprint": … } ] }, or in jsonl { "type": "finding", "fingerprint": … } … { "type": "run",
/// "schema": … }.
class Reader : public nlohmann::json_sax<Json> {
 public:
  Baseline found;
  bool is_report = false;  // its end was seen
  bool in_lines = false;   // it is jsonl
  std::size_t findings = 0;

  bool key(string_t& name) override {
    if (depth_ == 1) in_findings_ = name == "findings";
    const bool is_fingerprint = name == "fingerprint";
    wanted_ = depth_ == 1 && name == "schema"                 ? &Reader::take_schema
              : depth_ == 1 && name == "type"                 ? &Reader::take_type
              : depth_ == 1 && is_fingerprint                 ? &Reader::take_line
              : depth_ == 3 && in_findings_ && is_fingerprint ? &Reader::take_fingerprint
                                                              : nullptr;
    return true;
  }
  bool string(string_t& value) override {
    if (wanted_) (this->*wanted_)(value);
    return other();
  }
  bool start_object(std::size_t) override {
    if (depth_ == 2 && in_findings_) ++findings;
    ++depth_;
    return other();
  }
  bool start_array(std::size_t) override {
    ++depth_;
    return other();
  }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(number_integer_t) override { return other(); }
  bool number_unsigned(number_unsigned_t) override { return other(); }
  bool number_float(number_float_t, const string_t&) override { return other(); }
  bool binary(binary_t&) override { return other(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

 private:
  void take_schema(const std::string& value) { has_schema_ = value == kSchema; }
  void take_type(const std::string& value) { type_ = value; }
  void take_line(const std::string& value) { line_ = value; }
  void take_fingerprint(const std::string& value) { found.insert(value); }
  bool other() {
    wanted_ = nullptr;
    return true;
  }
  bool end() {
    if (--depth_ == 0) end_value();
    return other();
  }

  void end_value() {
    in_lines = in_lines || !type_.empty();
    is_report = has_schema_ && (!in_lines || type_ == "run");
    if (type_ == "finding") {
      ++findings;
      if (!line_.empty()) found.insert(line_);
    }
    type_.clear();
    line_.clear();
    has_schema_ = in_findings_ = false;
  }

  int depth_ = 0;
  bool in_findings_ = false, has_schema_ = false;
  std::string type_, line_;                               // of this line
  void (Reader::*wanted_)(const std::string&) = nullptr;  // what the next string is
};

bool has_more(std::istream& report) { return !(report >> std::ws).eof() && report.good(); }

}  // namespace

Baseline parse_baseline(std::istream& report, const std::string& path) {
  Reader reader;
  bool valid = true;
  while (valid && !reader.is_report && has_more(report))
    valid = Json::sax_parse(report, &reader, Json::input_format_t::json, false) &&
            (reader.in_lines || reader.is_report);
  if (valid && !reader.is_report && reader.in_lines) {
    throw UserError(fmt::format("--baseline: '{}' has no line of the run: it is cut short, or of "
                                "another command",
                                path),
                    "make one with -o FILE.json");
  }
  if (!valid || !reader.is_report || has_more(report)) {
    throw UserError(fmt::format("--baseline: '{}' is no report in json or jsonl", path),
                    "make one with -o FILE.json");
  }
  if (reader.findings > 0 && reader.found.empty()) {
    throw UserError(fmt::format("--baseline: the findings of '{}' have no fingerprints", path),
                    "it is of an older ttrace: make it anew");
  }
  return std::move(reader.found);
}

Baseline read_baseline(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  // A directory can be opened, but not read.
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    throw UserError(fmt::format("--baseline: cannot read '{}': {}", path,
                                errno != 0 ? strerrordesc_np(errno) : "it is empty"),
                    "name a report that was made with -o FILE.json");
  }
  return parse_baseline(file, path);
}

std::uint64_t leave_out_known(std::vector<Finding>& findings, const Baseline& known) {
  return std::erase_if(
      findings, [&](const Finding& finding) { return known.count(fingerprint(finding)) > 0; });
}

void leave_out_known(const std::optional<Known>& known, RunInfo& info,
                     std::vector<Finding>& findings) {
  if (known) info.baseline = {known->file, leave_out_known(findings, known->findings)};
}

}  // namespace ttrace
