// Recordings: what goes in comes out, whole, cut off at any byte or damaged.
#include "tracer/recording/recording.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tracer/base/result.h"
#include "tracer/recording/format.h"
#include "tracer/recording/recorder.h"

namespace ttrace {
namespace {

using std::chrono::nanoseconds;

Event event_of(decltype(Event::what) what) {
  return {nanoseconds(1'500'000), {12, 13, "sudo", "/usr/bin/sudo", "i386"}, std::move(what)};
}

Stack stack() {
  Frame named{0xf7001234, "/lib/libc.so.6", "abcdef", 0x1234, "gettimeofday", 0x2a, "a.c", 7, true};
  return {named, Frame{0xffffffffffffffff, "", "", {}, {}, {}, {}, {}, false}};
}

/// One event of each kind, with values at their limits.
std::vector<Event> events() {
  const SyscallText syscall{"clock_gettime64", {"CLOCK_REALTIME", "0xff"}, INT64_MIN};
  FatalSignal fatal;
  fatal.signal = 11;
  fatal.address = UINT64_MAX;
  fatal.registers = {{"rip", 1}, {"rsp", UINT64_MAX}};
  fatal.stack = stack();
  fatal.threads = {{5, "worker", stack()}};
  fatal.core.limit = CoreConditions::kUnlimited;
  fatal.core.place = CoreConditions::Place::kReadOnly;
  Connect connect;
  connect.to = {"AF_UNIX", std::string("@a\0\xff", 4), 9050, "tor"};
  connect.fate = Connect::Fate::kStillBlocked;
  connect.error = 110;
  connect.limits = SocketLimits{nanoseconds(-1), std::chrono::milliseconds(5), 6};
  CrashStep step;
  step.kind = CrashStep::Kind::kLost;
  step.value = -1;
  step.libc = {"raise", "abort"};
  return {event_of(OversizeValue{OversizeValue::Source::kFile,
                                 true,
                                 {"atime", "size"},
                                 INT64_MAX,
                                 7,
                                 syscall,
                                 stack(),
                                 1,
                                 {"stat", -1, "EOVERFLOW", true}}),
          event_of(PathRepeated{7, UINT64_MAX}),
          event_of(TargetMessage{7, "no\n"}),
          event_of(ClockSet{-1, syscall, {}}),
          event_of(WrappedArgument{1, true, -2, syscall, stack()}),
          event_of(CutTimeWritten{3, "1901-12-13", 1LL << 31, syscall, stack()}),
          event_of(CallRefused{2, true, "ENOSYS", syscall, {}}),
          event_of(connect),
          event_of(ThreadBlocked{ThreadBlocked::When::kAttached, syscall, "on", "wait",
                                 nanoseconds(3), stack()}),
          event_of(SignalAction{11, SignalAction::What::kHandler, 5, {"SA_NODEFER"}, syscall}),
          event_of(CoreSetting{CoreSetting::What::kOther, 3, 4, syscall}),
          event_of(fatal),
          event_of(step),
          event_of(CrashEnd{1, {}, 11, true, 2, 3}),
          event_of(CorePiped{1, 2, "cmd", 3, 4, {}}),
          event_of(ProcessStarted{1}),
          event_of(ProcessExeced{{"a", ""}}),
          event_of(ProcessExited{0, {}})};
}

RecordingStart a_start() {
  RecordingStart start;
  start.info.command = {"sudo", "ls"};
  start.info.clock = RunInfo::Clock{"2038-01-19T12:00:00Z", 0.1, "shift"};
  start.analyzers = {"time"};
  start.stack_depth = 32;
  return start;
}

struct TemporaryFile {
  std::string path = std::filesystem::temp_directory_path() / "ttrace-test.recording.XXXXXX";
  TemporaryFile() { ::close(::mkstemp(path.data())); }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string bytes() const {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  void replace(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
};

/// A recording of all events; with `finished`, one that has its end.
void record(const std::string& path, bool finished) {
  Recorder recorder(path);
  recorder.write(a_start());
  for (const Event& event : events()) recorder.write(event);
  if (!finished) return;
  RunInfo info = a_start().info;
  info.exit_signal = "SIGSEGV";
  info.time_served = {{12, "shim"}, {-1, ""}};
  recorder.write(RecordingEnd{info});
  recorder.finish();
}

std::vector<std::string> read_all(Recording& recording) {
  std::vector<std::string> encoded;
  while (auto event = recording.next()) encoded.push_back(encode(*event));
  return encoded;
}

std::vector<std::string> encoded_events() {
  std::vector<std::string> encoded;
  for (const Event& event : events()) encoded.push_back(encode(event));
  return encoded;
}

TEST_CASE("every event comes back as it was", "[recording]") {
  for (const Event& event : events()) {
    const std::string bytes = encode(event);
    const auto back = decode(bytes);
    CAPTURE(event.what.index());
    REQUIRE(back);
    CHECK(std::get<Event>(*back).what.index() == event.what.index());
    CHECK(encode(*back) == bytes);
  }
  const auto back = decode(encode(events()[0]));
  const auto& value = std::get<OversizeValue>(std::get<Event>(*back).what);
  CHECK(value.source == OversizeValue::Source::kFile);
  CHECK(value.fields == std::vector<std::string>{"atime", "size"});
  CHECK(value.seconds == INT64_MAX);
  CHECK(value.syscall.result == INT64_MIN);
  CHECK(value.stack[0].function_offset == 0x2a);
  CHECK(value.stack[0].inlined);
  CHECK(value.stack[1].ip == UINT64_MAX);
  CHECK_FALSE(value.stack[1].offset);
  CHECK(value.api_frame == 1);
  CHECK(value.api.confirmed);
}

TEST_CASE("a record that is cut, longer or impossible is none", "[recording]") {
  for (const Event& event : events()) {
    const std::string bytes = encode(event);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(decode(bytes.substr(0, size)));
    CHECK_FALSE(decode(bytes + '\0'));
  }
  OversizeValue beyond;
  beyond.api_frame = 1;
  beyond.stack.resize(1);
  CHECK_FALSE(decode(encode(event_of(beyond))));
  CHECK_FALSE(decode("\x01\x02\x02"));  // fewer fields than it says
}

TEST_CASE("kinds of events keep their numbers: a new one is the last", "[recording]") {
  const auto list = events();
  for (std::size_t i = 0; i < list.size(); ++i) CHECK(list[i].what.index() == i);
  CHECK(list.size() == std::variant_size_v<decltype(Event::what)>);
}

TEST_CASE("a struct of an older recording keeps defaults for what it lacks", "[recording]") {
  // An Event of two fields, the time and a process of one.
  const auto record = decode(std::string("\x01\x02\x04\x01\x18", 5));
  REQUIRE(record);
  CHECK(std::get<Event>(*record).at == nanoseconds(2));
  CHECK(std::get<Event>(*record).process.pid == 12);
  CHECK(std::get<Event>(*record).process.comm.empty());
  CHECK_FALSE(decode(std::string("\x01\x02\x04\x06\x18\x18\0\0\0\0", 10)));  // a newer one
}

TEST_CASE("a recording is read as it was written", "[recording]") {
  const TemporaryFile file;
  record(file.path, true);
  Recording recording(file.path);
  CHECK(recording.start().info.command == std::vector<std::string>{"sudo", "ls"});
  CHECK(recording.start().info.clock->rate == 0.1);
  CHECK(recording.start().analyzers == std::vector<std::string>{"time"});
  CHECK(recording.start().stack_depth == 32);
  CHECK(read_all(recording) == encoded_events());
  CHECK(recording.info().exit_signal == "SIGSEGV");
  CHECK(recording.info().time_served.at(-1).empty());
  CHECK(recording.info().limits.empty());
}

TEST_CASE("without its end a recording gives every event, and says so", "[recording]") {
  const TemporaryFile file;
  record(file.path, false);
  Recording recording(file.path);
  CHECK(read_all(recording) == encoded_events());
  CHECK(recording.info().events == events().size());
  CHECK(recording.info().duration == nanoseconds(1'500'000));
  CHECK_THAT(recording.info().limits.at(0), Catch::Contains("has no end"));
}

TEST_CASE("cut off at any byte it gives the events before", "[recording]") {
  const TemporaryFile file;
  record(file.path, true);
  const std::string whole = file.bytes();
  const auto expected = encoded_events();
  std::size_t most = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    file.replace(whole.substr(0, size));
    try {
      Recording recording(file.path);
      const auto read = read_all(recording);
      REQUIRE(read.size() >= most);
      most = read.size();
      CHECK(std::equal(read.begin(), read.end(), expected.begin()));
    } catch (const UserError&) {
      CHECK(most == 0);
    }
  }
  CHECK(most == expected.size());
}

TEST_CASE("a changed byte is noticed", "[recording]") {
  const TemporaryFile file;
  record(file.path, true);
  const std::string whole = file.bytes();
  const auto expected = encoded_events();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    file.replace(damaged);
    try {
      Recording recording(file.path);
      const auto read = read_all(recording);
      CHECK(std::equal(read.begin(), read.end(), expected.begin()));
      if (read.size() < expected.size()) CHECK_FALSE(recording.info().limits.empty());
    } catch (const UserError&) {
      CHECK(at < 200);  // in the header or the start
    }
  }
}

TEST_CASE("what is no recording is refused, in words", "[recording]") {
  const TemporaryFile file;
  CHECK_THROWS_WITH(Recording("/nowhere"), Catch::Contains("No such file"));
  file.replace("#!/bin/sh\nexit 0\n# and some more\n");
  CHECK_THROWS_WITH(Recording(file.path), Catch::Contains("is no recording"));
  file.replace("ttrace-recording/9\nxyz");
  CHECK_THROWS_WITH(Recording(file.path), Catch::Contains("another version"));
  CHECK_THROWS_WITH(Recorder("/nowhere/x"), Catch::Contains("No such file"));
}

TEST_CASE("a full disk is told at the end", "[recording]") {
  CHECK_THROWS_WITH(Recorder("/dev/full"), Catch::Contains("No space left"));
}

}  // namespace
}  // namespace ttrace
