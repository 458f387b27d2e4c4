// An audit's values as JSON: what the json and jsonl reports are put together from.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "analyzers/audit/report.h"

namespace ttrace::audit {

using OrderedJson = nlohmann::ordered_json;

/// One line, ASCII only: bytes that are no UTF-8 become U+FFFD.
std::string dump(const OrderedJson& json);

OrderedJson tool_json(const Report& report);
OrderedJson run_json(const RunInfo& run);
OrderedJson trees_json(const Report& report);
OrderedJson totals_json(const Totals& totals);
OrderedJson package_json(const Package& package);
OrderedJson file_json(const Report& report, const File& file);
OrderedJson finding_json(const Report& report, const File& file, const Finding& finding);
OrderedJson taint_json(const Report& report, const Taint& taint);

}  // namespace ttrace::audit
