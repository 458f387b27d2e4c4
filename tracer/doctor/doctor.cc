#include "tracer/doctor/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "analyzers/report/text_format.h"
#include "tracer/doctor/checks.h"

namespace ttrace {

std::string_view state_name(Check::State state) {
  switch (state) {
    case Check::State::kFine:
      return "fine";
    case Check::State::kLimited:
      return "limited";
    case Check::State::kMissing:
      return "missing";
  }
  return "";
}

std::string doctor_text(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    text +=
        fmt::format("{:<8} {}: {}\n", state_name(check.state), check.name, printable(check.seen));
    if (!check.costs.empty()) text += fmt::format("         lost: {}\n", check.costs);
    if (!check.remedy.empty()) text += fmt::format("         mend: {}\n", check.remedy);
  }
  return text;
}

std::string doctor_json(const std::vector<Check>& checks) {
  const auto or_null = [](const std::string& value) {
    return value.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
  };
  nlohmann::ordered_json report{{"schema", "ttrace-doctor/1"},
                                {"checks", nlohmann::ordered_json::array()}};
  for (const Check& check : checks) {
    report["checks"].push_back({{"name", check.name},
                                {"state", state_name(check.state)},
                                {"seen", check.seen},
                                {"lost", or_null(check.costs)},
                                {"mend", or_null(check.remedy)}});
  }
  return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int doctor(const DoctorOptions& options) {
  const auto checks = examine_machine();
  fmt::print("{}", options.format == "json" ? doctor_json(checks) : doctor_text(checks));
  return std::any_of(checks.begin(), checks.end(),
                     [](const Check& check) { return check.state == Check::State::kMissing; });
}

}  // namespace ttrace
