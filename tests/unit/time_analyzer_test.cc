// The time analyzer on hand-made events: what is a finding, under which id, and what is none.
#include <catch2/catch.hpp>

#include "analyzers/analyzer.h"

namespace ttrace {
namespace {

constexpr std::int64_t kNoon2038 = 2'147'515'200;  // 2038-01-19T12:00:00Z
const char* const kGlibc = "/lib/i386-linux-gnu/libc.so.6";
const char* const kMusl = "/lib/ld-musl-i386.so.1";
const char* const kExe = "/usr/bin/prog";

Frame frame(const std::string& module, std::optional<std::string> function, std::uint64_t ip = 1) {
  Frame made;
  made.ip = ip;
  made.module = module;
  made.offset = 0x100;
  if (function) made.function_offset = 0x2a;
  made.function = std::move(function);
  return made;
}

ApiResult seen(std::int64_t result, std::optional<std::string> error = std::nullopt) {
  return {std::nullopt, result, std::move(error), true};
}

/// A call of `function` (none: no symbol) in `libc`, made by main() of kExe.
OversizeValue clock_value(std::optional<std::string> function, ApiResult api = {},
                          const std::string& libc = kGlibc) {
  OversizeValue value;
  value.fields = {"time"};
  value.seconds = kNoon2038;
  value.path_id = 1;
  value.syscall = {"clock_gettime64", {"CLOCK_REALTIME", "0xffffd0a0"}, 0};
  value.stack = {frame(libc, function), frame(kExe, "main"), frame(kGlibc, "__libc_start_main")};
  value.api_frame = 0;
  value.api = std::move(api);
  value.api.function = std::move(function);
  return value;
}

OversizeValue file_value(std::optional<std::string> function, std::vector<std::string> fields,
                         ApiResult api = {}, const std::string& libc = kGlibc) {
  OversizeValue value = clock_value(std::move(function), std::move(api), libc);
  value.source = OversizeValue::Source::kFile;
  value.fields = std::move(fields);
  value.syscall = {"statx", {"AT_FDCWD", "\"/tmp/foo38\"", "0"}, 0};
  return value;
}

class Run {
 public:
  Run& on(decltype(Event::what) what, int pid = 12) {
    Event event;
    event.at = std::chrono::milliseconds(++ticks_);
    event.process = {pid, pid, "prog", kExe, "i386"};
    event.what = std::move(what);
    analyzer_->on_event(event, findings_);
    return *this;
  }
  const std::vector<Finding>& findings() {
    analyzer_->on_end(findings_);
    return findings_.all();
  }

 private:
  int ticks_ = 0;
  FindingList findings_;
  std::unique_ptr<Analyzer> analyzer_ = analyzer_registry().front().make();
};

std::vector<Finding> findings_of(OversizeValue value) {
  return Run().on(std::move(value)).findings();
}

Finding only(const std::vector<Finding>& findings) {
  REQUIRE(findings.size() == 1);
  return findings.front();
}

TEST_CASE("a confirmed failure is told with value, place and remedy", "[time]") {
  const Finding finding = only(findings_of(clock_value("gettimeofday", seen(-1, "EOVERFLOW"))));
  CHECK(finding.id == "time.eoverflow");
  CHECK(finding.level == Level::kError);
  CHECK(finding.message ==
        "gettimeofday() failed with EOVERFLOW: 2038-01-19T12:00:00Z does not fit a 32-bit time_t");
  CHECK(finding.count == 1);
  CHECK(finding.first_at == std::chrono::milliseconds(1));
  CHECK(finding.process.pid == 12);
  CHECK(finding.syscall->name == "clock_gettime64");
  CHECK(finding.api->confirmed);
  CHECK(finding.value == "2038-01-19T12:00:00Z");
  CHECK(finding.stack.size() == 3);
  CHECK_THAT(finding.hint, Catch::Contains("-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64") &&
                               Catch::Contains(kExe) && Catch::Contains("main()"));
}

TEST_CASE("a failure that was not seen is called inferred", "[time]") {
  const Finding finding = only(findings_of(clock_value("time")));
  CHECK(finding.id == "time.eoverflow");
  CHECK_THAT(finding.message, Catch::Contains("inferred"));
}

TEST_CASE("the id follows call, source and what came back", "[time]") {
  struct Row {
    const char* what;
    OversizeValue value;
    std::string id;  // empty: no finding
  };
  const auto truncated = [](OversizeValue value) {
    value.truncated = true;
    return value;
  };
  const std::vector<std::string> time = {"mtime"};
  const std::vector<std::string> size = {"size"};
  const std::vector<Row> rows = {
      {"time fails", clock_value("time", seen(-1, "EOVERFLOW")), "time.eoverflow"},
      {"-1 without its sign", clock_value("time", seen(0xffff'ffff)), "time.eoverflow"},
      {"served by another libc", clock_value("time", seen(0)), ""},
      {"success with a stale errno", clock_value("gettimeofday", seen(0, "ENOENT")), ""},
      {"failed for another reason", clock_value("clock_gettime", seen(-1, "EINVAL")), ""},
      {"timespec_get fails with 0", clock_value("timespec_get", seen(0)), "time.eoverflow"},
      {"timespec_get succeeds", clock_value("timespec_get", seen(1)), ""},
      {"64-bit caller", clock_value("__clock_gettime64"), ""},
      {"64-bit caller, seen", clock_value("__clock_gettime64", seen(0)), ""},
      {"unknown function", clock_value("main"), ""},
      {"no symbol, nothing seen", clock_value(std::nullopt), ""},
      {"no symbol, success", clock_value(std::nullopt, seen(0)), ""},
      {"no symbol, failed", clock_value(std::nullopt, seen(-1, "EOVERFLOW")), "time.eoverflow"},
      {"odd name, failed", clock_value("mytime", seen(-1, "EOVERFLOW")), "time.eoverflow"},
      {"errno not confirmed", clock_value(std::nullopt, {std::nullopt, -1, "EOVERFLOW", false}),
       ""},
      {"wrapping call", clock_value("adjtimex", seen(0)), "time.wrapped"},
      {"32-bit system call", truncated(clock_value("time", seen(-2147452096))), "time.wrapped"},
      {"32-bit system call, no libc", truncated(clock_value(std::nullopt)), "time.wrapped"},
      {"stat on a time", file_value("stat", time, seen(-1, "EOVERFLOW")), "file.eoverflow"},
      {"stat on a size", file_value("stat", size, seen(-1, "EOVERFLOW")), "file.eoverflow"},
      {"stat, inferred", file_value("lstat", size), "file.eoverflow"},
      {"stat64 on a size", file_value("stat64", size), ""},
      {"stat64 on both", file_value("stat64", {"mtime", "size"}), "file.eoverflow"},
      {"stat64 of 64-bit time", file_value("__stat64_time64", time), ""},
      {"stat served well", file_value("stat", time, seen(0)), ""},
      {"old xstat", file_value("__xstat64", time), "file.wrapped"},
      {"nftw", file_value("nftw", time, seen(-1)), "file.eoverflow"},
      {"musl stat", file_value("stat", time, seen(0), kMusl), "file.wrapped"},
      {"musl stat on a size", file_value("stat", size, seen(0), kMusl), ""},
      {"musl time", clock_value("time", seen(-1, "EOVERFLOW"), kMusl), "time.eoverflow"},
      {"32-bit stat", truncated(file_value("stat", time)), "file.wrapped"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto findings = findings_of(row.value);
    CHECK(findings.size() == (row.id.empty() ? 0 : 1));
    if (!findings.empty()) CHECK(findings[0].id == row.id);
    if (!findings.empty()) CHECK(findings[0].level == Level::kError);
  }
}

TEST_CASE("a file's finding names the parts that did not fit", "[time]") {
  CHECK_THAT(only(findings_of(file_value("stat", {"mtime", "ctime"}))).message,
             Catch::Contains("mtime and ctime of \"/tmp/foo38\"") &&
                 Catch::Contains("2038-01-19T12:00:00Z") && Catch::Contains("time_t"));
  OversizeValue large = file_value("stat", {"size", "inode", "blocks"}, seen(-1, "EOVERFLOW"));
  large.seconds.reset();
  const Finding finding = only(findings_of(large));
  CHECK(finding.message ==
        "stat() failed with EOVERFLOW: size, inode and blocks of \"/tmp/foo38\" do not fit 32 "
        "bits");
  CHECK_FALSE(finding.value);
  const Finding wide = only(findings_of(file_value("stat64", {"mtime", "size"})));
  CHECK_THAT(wide.message, !Catch::Contains("size"));
}

TEST_CASE("a wrapped value is told as the program sees it", "[time]") {
  OversizeValue value = clock_value("time");
  value.truncated = true;
  const Finding finding = only(findings_of(value));
  CHECK_THAT(finding.message, Catch::Contains("2038-01-19T12:00:00Z") &&
                                  Catch::Contains("reads 1901-12-14T05:31:44Z"));
  CHECK_THAT(finding.hint, Catch::Contains("32-bit system call"));
}

TEST_CASE("a path is one finding however often it is taken", "[time]") {
  Run run;
  run.on(clock_value("time")).on(PathRepeated{1, 41}).on(PathRepeated{1, 8}).on(PathRepeated{9, 5});
  CHECK(only(run.findings()).count == 50);
}

TEST_CASE("what is told of a path before the path itself is counted", "[time]") {
  Run run;
  run.on(PathRepeated{1, 7}).on(clock_value("time")).on(PathRepeated{1, 2});
  CHECK(only(run.findings()).count == 10);
}

TEST_CASE("the same path in several processes is one finding", "[time]") {
  Run run;
  for (int pid = 1; pid <= 3; ++pid) {
    OversizeValue value = clock_value("time");
    value.path_id = static_cast<std::uint64_t>(pid);
    for (Frame& each : value.stack) each.ip += static_cast<std::uint64_t>(pid) * 0x1000;
    run.on(value, pid).on(PathRepeated{value.path_id, 10}, pid);
  }
  const Finding finding = only(run.findings());
  CHECK(finding.count == 33);
  CHECK(finding.process.pid == 1);
}

TEST_CASE("paths that differ stay apart", "[time]") {
  OversizeValue other = clock_value("time");
  other.path_id = 2;
  other.stack[1].function_offset = 0x99;
  OversizeValue nameless = clock_value("time");
  nameless.path_id = 3;
  nameless.stack[1].function.reset();
  OversizeValue call = clock_value("gettimeofday");
  call.path_id = 4;
  Run run;
  run.on(clock_value("time")).on(other).on(nameless).on(call).on(PathRepeated{3, 1});
  REQUIRE(run.findings().size() == 4);
  CHECK(run.findings()[2].count == 2);
}

TEST_CASE("a later confirmation replaces an inference", "[time]") {
  OversizeValue confirmed = clock_value("time", seen(-1, "EOVERFLOW"));
  confirmed.path_id = 2;
  Run run;
  const Finding finding = only(run.on(clock_value("time")).on(confirmed).findings());
  CHECK(finding.api->confirmed);
  CHECK_THAT(finding.message, !Catch::Contains("inferred"));
  CHECK(finding.count == 2);
}

TEST_CASE("what the target said is kept once", "[time]") {
  Run run;
  run.on(clock_value("time"));
  for (const char* text : {"bad time\n", "bad time\n", "worse\r\n", "\n"}) {
    run.on(TargetMessage{1, text});
  }
  run.on(TargetMessage{7, "of another path"});
  CHECK(only(run.findings()).said == std::vector<std::string>{"bad time", "worse"});
}

TEST_CASE("a target that complains without end is cut short", "[time]") {
  Run run;
  run.on(clock_value("time"));
  for (int i = 0; i < 1000; ++i) run.on(TargetMessage{1, std::to_string(i)});
  CHECK(only(run.findings()).said.size() == 20);
}

TEST_CASE("setting the clock is a note", "[time]") {
  const ClockSet set{kNoon2038, {"clock_settime", {}, 0}, {frame(kExe, "main")}};
  const Finding finding = only(Run().on(set).on(set).findings());
  CHECK(finding.id == "time.set-refused");
  CHECK(finding.level == Level::kNote);
  CHECK(finding.count == 2);
  CHECK(finding.value == "2038-01-19T12:00:00Z");
}

TEST_CASE("a remedy fits the C library", "[time]") {
  CHECK_THAT(only(findings_of(clock_value("time", seen(-1), kMusl))).hint,
             Catch::Contains("musl 1.2"));
  CHECK_THAT(only(findings_of(clock_value("time", seen(-1), kExe))).hint,
             Catch::Contains("its own C library"));
  OversizeValue go = clock_value(std::nullopt);
  go.truncated = true;
  go.stack = {frame(kExe, "runtime.walltime"), frame(kExe, "main.main")};
  CHECK_THAT(only(findings_of(go)).hint, Catch::Contains("Go"));
}

TEST_CASE("an event with nothing in it does no harm", "[time]") {
  OversizeValue empty;
  empty.truncated = true;
  empty.api_frame = 7;
  const Finding finding = only(findings_of(empty));
  CHECK(finding.id == "time.wrapped");
  CHECK(Run().on(ProcessStarted{}).on(ProcessExited{}).on(ProcessExeced{}).findings().empty());
}

}  // namespace
}  // namespace ttrace
