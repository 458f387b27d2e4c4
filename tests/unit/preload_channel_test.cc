// The tracer's end of the preload engine's channel, on records written as the library writes them,
// and on such as a hostile target would.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tracer/preload/channel_reader.h"
#include "tracer/preload/events.h"
#include "tracer/preload/target_check.h"

using namespace ttrace;
using namespace ttrace::preload;

namespace {

/// An empty channel and its bytes as a target maps them.
class Channel {
 public:
  Channel() {
    const int fd = mkstemp(path_);
    REQUIRE(fd >= 0);
    REQUIRE(ftruncate(fd, kChannelSize) == 0);
    bytes_ = static_cast<std::byte*>(
        mmap(nullptr, kChannelSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    REQUIRE(bytes_ != MAP_FAILED);
    close(fd);
  }
  ~Channel() {
    munmap(bytes_, kChannelSize);
    unlink(path_);
  }
  const char* path() const { return path_; }
  Head& head() { return *reinterpret_cast<Head*>(bytes_); }

  /// Room for a record as the library claims it.
  Record& claim(Kind kind, u32 size) {
    auto* const record = reinterpret_cast<Record*>(bytes_ + kRingOffset + head().head % kRingSize);
    record->size = size;
    record->kind = kind;
    record->abi = 32;
    record->pid = record->tid = 7;
    last_ = head().head;
    head().head += (size + kRecordAlign - 1) / kRecordAlign * kRecordAlign;
    return *record;
  }
  void complete(Record& record) { record.position = last_ + 1; }

 private:
  char path_[32] = "/tmp/preload-channel-XXXXXX";
  std::byte* bytes_ = nullptr;
  u64 last_ = 0;
};

OversizeRecord& add_oversize(Channel& channel) {
  auto& record =
      reinterpret_cast<OversizeRecord&>(channel.claim(Kind::kOversize, sizeof(OversizeRecord)));
  record.reasons = shim::kReasonTime;
  record.counter = 3;
  record.seconds = 2147515200;
  record.result = -1;
  record.error = EOVERFLOW;
  record.clock = CLOCK_REALTIME;
  std::strcpy(record.function, "gettimeofday");
  channel.complete(record.record);
  return record;
}

}  // namespace

TEST_CASE("records are read in order, once", "[preload]") {
  Channel channel;
  ChannelReader reader(channel.path(), ChannelReader::Of::kRun);
  CHECK_FALSE(reader.next(false));
  for (const i32 parent : {1, 2}) {
    auto& record =
        reinterpret_cast<ProgramRecord&>(channel.claim(Kind::kProgram, sizeof(ProgramRecord)));
    record.parent = parent;
    channel.complete(record.record);
  }
  for (const i32 parent : {1, 2}) {
    const auto record = reader.next(false);
    REQUIRE(record);
    REQUIRE(as<ProgramRecord>(*record));
    CHECK(as<ProgramRecord>(*record)->parent == parent);
  }
  CHECK_FALSE(reader.next(true));
  CHECK(channel.head().tail == channel.head().head);
  CHECK(reader.dropped() == 0);
}

TEST_CASE("a record whose writer died is waited for, then left out and counted", "[preload]") {
  Channel channel;
  ChannelReader reader(channel.path(), ChannelReader::Of::kRun);
  channel.claim(Kind::kProgram, sizeof(ProgramRecord));  // never completed
  add_oversize(channel);
  CHECK_FALSE(reader.next(false));
  const auto record = reader.next(true);
  REQUIRE(record);
  CHECK(as<Record>(*record)->kind == Kind::kOversize);
  CHECK(reader.dropped() == 1);
}

TEST_CASE("a record that lies about its size is left out", "[preload]") {
  Channel channel;
  ChannelReader reader(channel.path(), ChannelReader::Of::kRun);
  Record& record = channel.claim(Kind::kProgram, 64);
  channel.complete(record);
  record.size = GENERATE(0u, 1u, kRingSize + 1, 0xffffffffu);
  add_oversize(channel);
  const auto next = reader.next(true);
  REQUIRE(next);
  CHECK(as<Record>(*next)->kind == Kind::kOversize);
  CHECK(reader.dropped() == 1);
}

TEST_CASE("what found no room is told as dropped", "[preload]") {
  Channel channel;
  const ChannelReader reader(channel.path(), ChannelReader::Of::kRun);
  channel.head().dropped = 5;
  CHECK(reader.dropped() == 5);
  CHECK(reader.counter(kCounterCount) == 0);
}

TEST_CASE("a channel that is cut short under the reader reads as empty", "[preload]") {
  Channel channel;
  ChannelReader reader(channel.path(), ChannelReader::Of::kRun);
  add_oversize(channel);
  REQUIRE(reader.next(false));
  CHECK_FALSE(reader.is_damaged());
  add_oversize(channel);
  const off_t left = GENERATE(0, 1, 4096, off_t{kRingOffset});
  REQUIRE(truncate(channel.path(), left) == 0);
  CHECK_FALSE(reader.next(false));
  CHECK_FALSE(reader.next(true));
  CHECK(reader.counter(7) == 0);
  CHECK(reader.is_damaged());
}

TEST_CASE("a channel that is written over is told as damaged", "[preload]") {
  Channel channel;
  ChannelReader reader(channel.path(), ChannelReader::Of::kRun);
  add_oversize(channel);
  std::memset(&channel.head(), GENERATE(0, 1, 0xff), kRingOffset + 4096);
  while (reader.next(true)) continue;
  CHECK(reader.is_damaged());
}

TEST_CASE("a record becomes the event of the other engine", "[preload]") {
  Channel channel;
  ChannelReader reader(channel.path(), ChannelReader::Of::kRun);
  add_oversize(channel);
  std::vector<Event> events;
  EventSink sink([&](const Event& event) { events.push_back(event); });
  const RunOptions options;
  EventMaker maker(options, sink, "/nonexistent", std::chrono::nanoseconds(0));
  const auto record = reader.next(false);
  REQUIRE(record);
  maker.on_record(*record);
  CHECK(events.empty());  // its maps may come yet
  MapsRecord end{};
  end.record = *as<Record>(*record);
  end.record.kind = Kind::kMaps;
  const auto* const bytes = reinterpret_cast<const std::byte*>(&end);
  maker.on_record({bytes, bytes + sizeof end});
  REQUIRE(events.size() == 1);
  const auto& value = std::get<OversizeValue>(events[0].what);
  CHECK(events[0].process.abi == "i386");
  CHECK(value.fields == std::vector<std::string>{"time"});
  CHECK(value.seconds == 2147515200);
  CHECK(value.syscall.name == "clock_gettime64");
  CHECK(value.api.function == "gettimeofday");
  CHECK(value.api.result == -1);
  CHECK(value.api.error == "EOVERFLOW");
  CHECK(value.api.confirmed);

  auto* const counters =
      reinterpret_cast<u32*>(reinterpret_cast<std::byte*>(&channel.head()) + kCountersOffset);
  counters[3] = 41;
  maker.finish(reader, std::chrono::nanoseconds(0), false);
  REQUIRE(events.size() == 2);
  CHECK(std::get<PathRepeated>(events[1].what).path_id == 3);
  CHECK(std::get<PathRepeated>(events[1].what).times == 41);
}

TEST_CASE("programs that cannot be watched are recognised", "[preload]") {
  CHECK_FALSE(why_unwatchable("/bin/ls"));
  CHECK_FALSE(why_unwatchable("/nonexistent"));
  CHECK_FALSE(why_unwatchable("/etc/passwd"));
  const std::string script = "/tmp/preload-script-" + std::to_string(getpid());
  const int fd = open(script.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0755);
  constexpr char kLine[] = "#! /bin/sh -e\n";
  REQUIRE(write(fd, kLine, sizeof kLine - 1) == sizeof kLine - 1);
  close(fd);
  CHECK_FALSE(why_unwatchable(script));
  unlink(script.c_str());
}
