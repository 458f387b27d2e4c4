#include "tracer/audit/store/schema.h"

#include <fmt/format.h>

#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

// "ttra": what file(1) and a wrong --db can be told by.
constexpr int kApplicationId = 0x74747261;

constexpr const char* kTables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tree(
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  root TEXT NOT NULL);
CREATE TABLE share(
  tree INTEGER NOT NULL REFERENCES tree,
  shard TEXT NOT NULL,
  seen INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  PRIMARY KEY(tree, shard)) WITHOUT ROWID;
CREATE TABLE package(
  id INTEGER PRIMARY KEY,
  tree INTEGER NOT NULL REFERENCES tree,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  architecture TEXT NOT NULL,
  manager TEXT NOT NULL,
  UNIQUE(tree, name, architecture));
CREATE TABLE file(
  id INTEGER PRIMARY KEY,
  tree INTEGER NOT NULL REFERENCES tree,
  path TEXT NOT NULL,
  asked INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  kind TEXT NOT NULL,
  why TEXT NOT NULL,
  machine TEXT NOT NULL,
  bits INTEGER NOT NULL,
  big_endian INTEGER NOT NULL,
  libc TEXT NOT NULL,
  time_bits TEXT NOT NULL,
  language TEXT NOT NULL,
  interpreter TEXT NOT NULL,
  soname TEXT NOT NULL,
  rpath TEXT NOT NULL,
  runpath TEXT NOT NULL,
  needed TEXT NOT NULL,
  imports TEXT NOT NULL,
  exports TEXT NOT NULL,
  leads TEXT NOT NULL,
  time_abi TEXT NOT NULL,
  package INTEGER REFERENCES package,
  UNIQUE(tree, path));
CREATE TABLE finding(
  file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
  pass TEXT NOT NULL,
  id TEXT NOT NULL,
  level TEXT NOT NULL,
  symbol TEXT NOT NULL,
  library TEXT NOT NULL,
  entry TEXT NOT NULL,
  detail TEXT NOT NULL);
CREATE INDEX finding_file ON finding(file);
CREATE TABLE proof(
  file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
  symbol TEXT NOT NULL,
  proof TEXT NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY(file, symbol)) WITHOUT ROWID;
)";

std::int64_t pragma(const Database& database, const char* name) {
  Statement statement(database, fmt::format("PRAGMA {}", name));
  return statement.step() ? statement.number(0) : 0;
}

bool is_empty(const Database& database) {
  Statement statement(database, "SELECT count(*) FROM sqlite_schema");
  return statement.step() && statement.number(0) == 0;
}

void check_owner(const Database& database) {
  if (pragma(database, "application_id") != kApplicationId) {
    throw UserError(fmt::format("'{}' is a database, but not one of ttrace audit", database.path()),
                    "name another file with --db");
  }
  const std::int64_t version = pragma(database, "user_version");
  if (version == kSchemaVersion) return;
  throw UserError(fmt::format("the audit database '{}' has schema {}; this ttrace knows {}",
                              database.path(), version, kSchemaVersion),
                  "start a new one with --db");
}

}  // namespace

void check_schema(const std::string& path) {
  check_owner(Database(path, Database::Open::kReadOnly));
}

void ensure_schema(Database& database) {
  // Readers go on while one writes; after a power cut the last second may be missing, no more.
  database.run(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA "
      "foreign_keys=ON");
  Transaction transaction(database);
  if (is_empty(database)) {
    database.run(kTables);
    database.run(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", kApplicationId,
                             kSchemaVersion));
  }
  check_owner(database);
  transaction.commit();
}

}  // namespace ttrace::audit
