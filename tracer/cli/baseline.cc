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
/// "fingerprint": … } ] }.
class Reader : public nlohmann::json_sax<Json> {
 public:
  Baseline found;
  bool is_report = false;
  std::size_t findings = 0;

  bool key(string_t& name) override {
    if (depth_ == 1) in_findings_ = name == "findings";
    wanted_ = depth_ == 1 && name == "schema"                        ? &Reader::take_schema
              : depth_ == 3 && in_findings_ && name == "fingerprint" ? &Reader::take_fingerprint
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
  void take_schema(const std::string& value) { is_report = value == kSchema; }
  void take_fingerprint(const std::string& value) { found.insert(value); }
  bool other() {
    wanted_ = nullptr;
    return true;
  }
  bool end() {
    --depth_;
    return other();
  }

  int depth_ = 0;
  bool in_findings_ = false;
  void (Reader::*wanted_)(const std::string&) = nullptr;  // what the next string is
};

}  // namespace

Baseline parse_baseline(std::istream& report, const std::string& path) {
  Reader reader;
  const bool whole = Json::sax_parse(report, &reader);
  if (!whole || !reader.is_report) {
    throw UserError(fmt::format("--baseline: '{}' is no report in JSON", path),
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
