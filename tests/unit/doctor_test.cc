// `ttrace doctor` on what machines may say; what this one says is tested on the real thing.
#include "tracer/doctor/doctor.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tracer/doctor/checks.h"
#include "tracer/doctor/trial_child.h"

namespace ttrace {
namespace {

TEST_CASE("a kernel's release gives its version", "[doctor]") {
  CHECK(kernel_version("6.1.0-18-amd64") == std::pair(6, 1));
  CHECK(kernel_version("5.10") == std::pair(5, 10));
  CHECK(kernel_version("unknown") == std::pair(0, 0));
}

TEST_CASE("core_pattern says whether cores are kept", "[doctor]") {
  CHECK(examine_core_pattern("core").state == Check::State::kFine);
  CHECK(examine_core_pattern("|/bin/sh %p").state == Check::State::kFine);
  for (const char* lost : {"", "|/bin/false", "|/nonexistent/dump %p"}) {
    const Check check = examine_core_pattern(lost);
    CHECK(check.state == Check::State::kLimited);
    CHECK_FALSE(check.costs.empty());
    CHECK_FALSE(check.remedy.empty());
  }
}

TEST_CASE("what is not fine is told with its cost and remedy", "[doctor]") {
  const std::vector<Check> checks{{"ptrace", Check::State::kFine, "allowed", "", ""},
                                  {"i386", Check::State::kMissing, "the kernel \x1b[31mruns none",
                                   "32-bit programs", "mend it"}};
  CHECK(doctor_text(checks) ==
        "fine     ptrace: allowed\n"
        "missing  i386: the kernel \\x1b[31mruns none\n"
        "         lost: 32-bit programs\n"
        "         mend: mend it\n");
  const auto report = nlohmann::json::parse(doctor_json(checks));
  CHECK(report["schema"] == "ttrace-doctor/1");
  CHECK(report["checks"][0]["lost"].is_null());
  CHECK(report["checks"][1]["state"] == "missing");
}

TEST_CASE("a trial may fail or die", "[doctor]") {
  CHECK(in_child([] { return 3; }) == 3);
  CHECK(in_child([]() -> int { __builtin_trap(); }) == 128 + 4);
}

TEST_CASE("every check says what it saw", "[doctor]") {
  for (const Check& check : examine_machine()) {
    INFO(check.name);
    CHECK_FALSE(check.seen.empty());
    CHECK((check.state == Check::State::kFine) == check.costs.empty());
    CHECK((check.state == Check::State::kFine) == check.remedy.empty());
  }
}

}  // namespace
}  // namespace ttrace
