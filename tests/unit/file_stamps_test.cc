// What a target sees of the time stamps of files: shim and tracer run the same code.
#include <catch2/catch.hpp>
#include <cstring>
#include <sstream>
#include <vector>

#include "preload/shim/stat_layouts.h"
#include "tracer/clock/run_clock.h"
#include "tracer/session/file_systems.h"

using namespace ttrace;
using shim::Time;

namespace {

constexpr shim::i64 kReal = 1800000000;
constexpr shim::i64 kShown = 2147486408;
constexpr shim::i64 kOld = 1770000000;
constexpr std::uint32_t kDisk = 0x805, kLayer = 0x28, kBelow = 0x2a, kFresh = 0x15;

shim::ClockParams params() {
  shim::ClockParams clock{};
  clock.real0 = {kReal, 0};
  clock.shown0 = {kShown, 0};
  clock.offset = clock.shown0 - clock.real0;
  clock.first_stamp = clock.real0;
  clock.horizon = {kReal + 86400, 0};
  return clock;
}

shim::FileSystems file_systems() {
  shim::FileSystems files{};
  files.fresh_count = 1;
  files.fresh[0] = kFresh;
  files.layer = kLayer;
  files.layer_files = kBelow;
  return files;
}

/// A struct statx by hand.
struct Statx {
  std::vector<unsigned char> bytes = std::vector<unsigned char>(256);
  template <typename T>
  void put(std::size_t at, T value) {
    std::memcpy(&bytes[at], &value, sizeof value);
  }
  Statx(std::uint32_t device, shim::i64 stamp, std::uint16_t mode = 0100644,
        std::uint32_t links = 1) {
    put<std::uint32_t>(0, 0x7ff | 0x800);
    put<std::uint32_t>(16, links);
    put<std::uint16_t>(28, mode);
    put<std::uint32_t>(136, device >> 8);
    put<std::uint32_t>(140, device & 0xff);
    for (const auto at :
         {shim::kStatx.atime, shim::kStatx.mtime, shim::kStatx.ctime, shim::kStatx.btime}) {
      put<shim::i64>(at, stamp);
    }
  }
  shim::i64 seconds(std::size_t at) const {
    shim::i64 value;
    std::memcpy(&value, &bytes[at], sizeof value);
    return value;
  }
  std::uint32_t shift() {
    shim::FileSystems files = file_systems();
    return shim::shift_stat(params(), files, shim::kStatx, true, bytes.data()).reasons;
  }
};

}  // namespace

TEST_CASE("a stamp of the run is as old as the target's clock says") {
  REQUIRE(shim::shown_stamp(params(), {kReal + 5, 7}).s == kShown + 5);
}

TEST_CASE("a stamp from before the run keeps its date") {
  REQUIRE(shim::shown_stamp(params(), {kReal - 1, 999999999}).s == kReal - 1);
}

TEST_CASE("a stamp far ahead of the run was set by a program, and is literal") {
  REQUIRE(shim::shown_stamp(params(), {kReal + 86401, 0}).s == kReal + 86401);
}

TEST_CASE("what the target sets is read back as it was set") {
  const RunClock clock(WallTime{kShown, 0}, 1.0);
  for (const shim::i64 set :
       {kShown + 5, kShown - 86400, shim::i64{0}, shim::i64{-5}, kShown + 900000}) {
    const Time stored = clock.stored_stamp({set, 123});
    REQUIRE(shim::shown_stamp(clock.params(), stored).s == set);
    REQUIRE(shim::shown_stamp(clock.params(), stored).ns == 123);
  }
}

TEST_CASE("a file that the machine made at boot is as old as the run") {
  Statx node(kFresh, kOld);
  REQUIRE(node.shift() == (shim::kReasonAtime | shim::kReasonMtime | shim::kReasonCtime));
  REQUIRE(node.seconds(shim::kStatx.mtime) == kShown);
  Statx file(kDisk, kOld);
  REQUIRE(file.shift() == 0);
}

TEST_CASE("a file that was only opened to write in the layer of --root stays old") {
  Statx file(kBelow, kOld);
  file.put<shim::i64>(shim::kStatx.ctime, kReal + 3);
  file.put<shim::i64>(shim::kStatx.btime, kReal + 3);
  REQUIRE(file.shift() == 0);
  REQUIRE(file.seconds(shim::kStatx.ctime) == kOld);
}

TEST_CASE("a file of the layer whose inode was changed later is fresh") {
  Statx file(kBelow, kOld);
  file.put<shim::i64>(shim::kStatx.ctime, kReal + 4);
  file.put<shim::i64>(shim::kStatx.btime, kReal + 3);
  REQUIRE(file.shift() == shim::kReasonCtime);
}

TEST_CASE("a file that was made in the layer and then dated back is fresh") {
  Statx file(kDisk, kOld);
  file.put<shim::i64>(shim::kStatx.ctime, kReal + 3);
  file.put<shim::i64>(shim::kStatx.btime, kReal + 3);
  REQUIRE(file.shift() == shim::kReasonCtime);
}

TEST_CASE("a directory above what was copied up in the layer stays old, a new one is fresh") {
  Statx above(kLayer, kOld, 0040755, 1);
  above.put<shim::i64>(shim::kStatx.ctime, kReal + 9);
  REQUIRE(above.shift() == 0);
  Statx made(kLayer, kOld, 0040755, 2);
  made.put<shim::i64>(shim::kStatx.ctime, kReal + 9);
  REQUIRE(made.shift() == shim::kReasonCtime);
}

TEST_CASE("mountinfo tells which file systems are made at boot") {
  std::istringstream text(
      "21 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"
      "22 21 0:21 / /proc rw shared:5 - proc proc rw\n"
      "23 21 0:6 / /dev rw shared:2 master:1 - devtmpfs devtmpfs rw\n"
      "24 21 0:24 / /run rw - tmpfs tmpfs rw\n"
      "25 21 0:25 / /tmp rw - tmpfs tmpfs rw\n"
      "26 21 0:26 / /running rw - tmpfs tmpfs rw\n"
      "broken line\n");
  const FreshMounts mounts = fresh_mounts(text);
  REQUIRE(mounts.has_dev);
  std::vector<std::uint32_t> devices;
  for (const dev_t device : mounts.devices) devices.push_back(encode_device(device));
  REQUIRE(devices == std::vector<std::uint32_t>{6, 21, 24});
}
