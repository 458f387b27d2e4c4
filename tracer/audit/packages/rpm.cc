// rpm's database since 4.16: SQLite, with each package's header as a blob.
#include <unistd.h>

#include "tracer/audit/packages/package_map.h"
#include "tracer/audit/packages/rpm_header.h"
#include "tracer/audit/store/sqlite.h"
#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

void read_database(const std::string& path, PackageMap& map) {
  Database database(path, Database::Open::kReadOnly);
  Statement select(database, "SELECT blob FROM Packages");
  while (select.step()) {
    const RpmHeader header = parse_rpm_header(select.text(0));
    if (header.name.empty()) continue;
    Package package;
    package.name = header.name;
    package.version = header.version + "-" + header.release;
    package.architecture = header.architecture;
    package.manager = "rpm";
    const std::size_t index = map.add(std::move(package));
    for (const std::string& file : header.files) map.own(file, index);
  }
}

}  // namespace

void read_rpm(const std::string& root, PackageMap& map) {
  for (const char* place : {"/var/lib/rpm", "/usr/lib/sysimage/rpm"}) {
    const std::string path = root + place + "/rpmdb.sqlite";
    if (::access(path.c_str(), R_OK) != 0) continue;
    try {
      return read_database(path, map);
    } catch (const UserError&) {
      // A damaged database of the root's: its files then belong to no package.
    }
  }
}

}  // namespace ttrace::audit
