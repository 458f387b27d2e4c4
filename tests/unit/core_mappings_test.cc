// What of a process's memory goes into its core.
#include "tracer/session/core_mappings.h"

#include <catch2/catch.hpp>

namespace ttrace {
namespace {

constexpr const char* kSmaps =
    "08048000-0804a000 r-xp 00000000 08:01 17                                 /bin/prog\n"
    "Size:                  8 kB\n"
    "Anonymous:             0 kB\n"
    "VmFlags: rd ex mr mw me dw \n"
    "0804a000-0804c000 rw-p 00002000 08:01 17                                 /bin/prog\n"
    "Anonymous:             8 kB\n"
    "Swap:                  0 kB\n"
    "VmFlags: rd wr mr mw me ac dd \n"
    "f7000000-f7001000 rw-s 00000000 00:01 2048                               /dev/zero (deleted)\n"
    "Anonymous:             0 kB\n"
    "VmFlags: rd wr sh mr mw me ms ht \n"
    "ffffe000-fffff000 --xp 00000000 00:00 0                                  [vsyscall]\n";

TEST_CASE("mappings are read with what core(5) tells apart", "[core]") {
  const auto mappings = parse_smaps(kSmaps);
  REQUIRE(mappings.size() == 3);
  CHECK(mappings[0].start == 0x8048000);
  CHECK(mappings[0].end == 0x804a000);
  CHECK(mappings[0].executable);
  CHECK_FALSE(mappings[0].written);
  CHECK(mappings[1].offset == 0x2000);
  CHECK(mappings[1].written);
  CHECK(mappings[1].left_out);
  CHECK(mappings[2].shared);
  CHECK(mappings[2].huge);
  CHECK(parse_smaps("Anonymous: 4 kB\nVmFlags: dd\n\n:\n").empty());
}

CoreMapping two_pages(const std::string& name, bool shared = false, bool written = false) {
  CoreMapping mapping;
  mapping.start = 0x1000;
  mapping.end = 0x3000;
  mapping.readable = true;
  mapping.shared = shared;
  mapping.written = written;
  mapping.name = name;
  return mapping;
}

TEST_CASE("each bit of a coredump_filter is for one kind of memory", "[core]") {
  CoreMapping huge = two_pages("/dev/hugepages/a"), secret = two_pages("", false, true);
  huge.huge = true;
  secret.left_out = true;
  const std::vector<std::pair<CoreMapping, unsigned>> kinds{
      {two_pages("", false, true), kDumpAnonymousPrivate},
      {two_pages("/etc/file", false, true), kDumpAnonymousPrivate | kDumpFilePrivate},
      {two_pages("/dev/zero (deleted)", true), kDumpAnonymousShared},
      {two_pages("/etc/file"), kDumpFilePrivate},
      {two_pages("/etc/file", true), kDumpFileShared},
      {huge, kDumpHugePrivate},
      {two_pages(""), 0},
      {secret, 0}};
  for (const auto& [mapping, asked_by] : kinds) {
    for (unsigned bit = 1; bit <= kDumpHugeShared; bit *= 2) {
      INFO(mapping.name << ", bit " << bit);
      CHECK(size_in_core(mapping, bit, false) == (asked_by & bit ? 0x2000 : 0));
    }
  }
  CHECK(size_in_core(two_pages("[vdso]"), 0, false) == 0x2000);
}

TEST_CASE("of a program that was not written to, the header alone is dumped", "[core]") {
  CHECK(size_in_core(two_pages("/bin/prog"), kDumpByDefault, true) == 0x1000);
  CHECK(size_in_core(two_pages("/bin/prog"), kDumpByDefault, false) == 0);
  CHECK(size_in_core(two_pages("/bin/prog"), kDumpAnonymousPrivate, true) == 0);
  CoreMapping second = two_pages("/bin/prog");
  second.offset = 0x1000;
  CHECK(size_in_core(second, kDumpByDefault, true) == 0);
}

}  // namespace
}  // namespace ttrace
