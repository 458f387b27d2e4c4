// Package databases in a root, as each package manager writes them.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tracer/audit/packages/package_map.h"
#include "tracer/audit/packages/rpm_header.h"

namespace ttrace::audit {
namespace {

class Root {
 public:
  Root() {
    std::string name = (std::filesystem::temp_directory_path() / "ttrace-root-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Root() { std::filesystem::remove_all(path); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path + name).substr(0, (path + name).rfind('/')));
    std::ofstream(path + name) << text;
  }

  std::string path;
};

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

TEST_CASE("dpkg's packages own their files, before and after the merge of /usr", "[audit]") {
  const Root root;
  root.write(
      "/var/lib/dpkg/status",
      "Package: coreutils\nStatus: install ok installed\nArchitecture: i386\nVersion: 9.1-1\n"
      "Description: x\n more\n\n"
      "Package: gone\nStatus: deinstall ok config-files\nArchitecture: i386\nVersion: 1\n\n"
      "Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 2.36\n");
  root.write("/var/lib/dpkg/info/coreutils.list", "/.\n/bin\n/bin/ls\n/usr/bin/sort\n");
  root.write("/var/lib/dpkg/info/gone.list", "/usr/bin/gone\n");
  root.write("/var/lib/dpkg/info/libc6:i386.list", "/usr/lib/libc.so.6\n");
  const PackageMap map = read_packages(root.path);
  REQUIRE(map.all().size() == 2);
  REQUIRE(map.find("/usr/bin/ls") != nullptr);
  CHECK(map.find("/usr/bin/ls")->name == "coreutils");
  CHECK(map.find("/usr/bin/sort")->version == "9.1-1");
  CHECK(map.find("/usr/lib/libc.so.6")->name == "libc6");
  CHECK(map.find("/usr/lib/libc.so.6")->manager == "dpkg");
  CHECK(map.find("/usr/bin/gone") == nullptr);
  CHECK(map.find("/") == nullptr);
}

TEST_CASE("a package's name leads nowhere else", "[audit]") {
  const Root root;
  root.write("/var/lib/dpkg/status",
             "Package: ../../../../evil\nStatus: install ok installed\nVersion: 1\n\n");
  root.write("/evil.list", "/usr/bin/evil\n");
  CHECK(read_packages(root.path).all().empty());
}

TEST_CASE("apk's and opkg's packages own their files", "[audit]") {
  const Root root;
  root.write(
      "/lib/apk/db/installed",
      "C:Q1x=\nP:busybox\nV:1.36.1-r2\nA:x86\nF:bin\nR:busybox\na:0:0:755\nZ:Q1y=\nF:\nR:top\n\n"
      "P:musl\nV:1.2.4\nA:x86\nF:lib\nR:ld-musl-i386.so.1\n");
  root.write(
      "/usr/lib/opkg/status",
      "Package: base-files\nVersion: 1\nStatus: install user installed\nArchitecture: all\n\n");
  root.write("/usr/lib/opkg/info/base-files.list", "/etc/banner\t0644\n");
  const PackageMap map = read_packages(root.path);
  REQUIRE(map.all().size() == 3);
  CHECK(map.find("/bin/busybox")->name == "busybox");
  CHECK(map.find("/top")->name == "busybox");
  CHECK(map.find("/lib/ld-musl-i386.so.1")->version == "1.2.4");
  CHECK(map.find("/etc/banner")->manager == "opkg");
}

TEST_CASE("an rpm header gives its name and files", "[audit]") {
  struct Entry {
    std::uint32_t tag, type, count;
    std::string data;
  };
  using namespace std::string_literals;
  const std::vector<Entry> entries = {{1000, 6, 1, "bash\0"s},
                                      {1001, 6, 1, "5.2\0"s},
                                      {1002, 6, 1, "3.el9\0"s},
                                      {1022, 6, 1, "i686\0"s},
                                      {1116, 4, 2, big_endian(0) + big_endian(1)},
                                      {1117, 8, 2, "bash\0bash.1\0"s},
                                      {1118, 8, 2, "/usr/bin/\0/usr/share/man/\0"s}};
  std::string index, data;
  for (const Entry& entry : entries) {
    index += big_endian(entry.tag) + big_endian(entry.type) +
             big_endian(static_cast<std::uint32_t>(data.size())) + big_endian(entry.count);
    data += entry.data;
  }
  const std::string blob = big_endian(static_cast<std::uint32_t>(entries.size())) +
                           big_endian(static_cast<std::uint32_t>(data.size())) + index + data;
  const RpmHeader header = parse_rpm_header(blob);
  CHECK(header.name == "bash");
  CHECK(header.version == "5.2");
  CHECK(header.architecture == "i686");
  CHECK(header.files == std::vector<std::string>{"/usr/bin/bash", "/usr/share/man/bash.1"});
  for (std::size_t size = 0; size < blob.size(); ++size) {
    (void)parse_rpm_header(blob.substr(0, size));  // cut anywhere, it does no harm
  }
  CHECK(parse_rpm_header(big_endian(0xffffffff) + big_endian(0)).files.empty());
}

}  // namespace
}  // namespace ttrace::audit
