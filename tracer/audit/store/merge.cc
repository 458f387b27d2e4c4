// Joins the databases of several shards. Rows find their counterparts by what names them (a tree's
// path, a package's name, a file's path), because ids differ from database to database.
#include "tracer/audit/store/store.h"

namespace ttrace::audit {
namespace {

constexpr const char* kTrees = R"(
INSERT INTO tree(path, kind, root) SELECT path, kind, root FROM other.tree WHERE true
  ON CONFLICT(path) DO NOTHING;
INSERT INTO share(tree, shard, seen, complete)
  SELECT t.id, s.shard, s.seen, s.complete FROM other.share s
  JOIN other.tree o ON o.id = s.tree JOIN main.tree t ON t.path = o.path WHERE true
  ON CONFLICT(tree, shard) DO UPDATE SET seen = excluded.seen, complete = excluded.complete;
INSERT INTO package(tree, name, version, architecture, manager)
  SELECT t.id, p.name, p.version, p.architecture, p.manager FROM other.package p
  JOIN other.tree o ON o.id = p.tree JOIN main.tree t ON t.path = o.path WHERE true
  ON CONFLICT(tree, name, architecture) DO UPDATE SET version = excluded.version;
)";

constexpr const char* kFiles = R"(
INSERT INTO file(tree, path, asked, size, mtime_ns, inode, kind, why, machine, bits, big_endian, libc, time_bits, language, interpreter, soname, rpath, runpath, needed, imports, exports, leads, time_abi, package)
  SELECT t.id, f.path, f.asked, f.size, f.mtime_ns, f.inode, f.kind, f.why, f.machine, f.bits, f.big_endian, f.libc, f.time_bits, f.language, f.interpreter, f.soname, f.rpath, f.runpath, f.needed, f.imports, f.exports, f.leads, f.time_abi, (SELECT p.id FROM main.package p JOIN other.package q ON q.id = f.package
    WHERE p.tree = t.id AND p.name = q.name AND p.architecture = q.architecture)
  FROM other.file f JOIN other.tree o ON o.id = f.tree JOIN main.tree t ON t.path = o.path WHERE true
  ON CONFLICT(tree, path) DO UPDATE SET asked = max(asked, excluded.asked), size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode, kind = excluded.kind, why = excluded.why, machine = excluded.machine, bits = excluded.bits, big_endian = excluded.big_endian, libc = excluded.libc, time_bits = excluded.time_bits, language = excluded.language, interpreter = excluded.interpreter, soname = excluded.soname, rpath = excluded.rpath, runpath = excluded.runpath, needed = excluded.needed, imports = excluded.imports, exports = excluded.exports, leads = excluded.leads, time_abi = excluded.time_abi, package = coalesce(excluded.package, package);
)";

// Temporary, so that it is gone with the connection: which file there is which here.
constexpr const char* kFindings = R"(
CREATE TEMP TABLE same AS SELECT f.id AS there, m.id AS here FROM other.file f
  JOIN other.tree o ON o.id = f.tree JOIN main.tree t ON t.path = o.path
  JOIN main.file m ON m.tree = t.id AND m.path = f.path;
DELETE FROM finding WHERE file IN (SELECT here FROM same);
INSERT INTO finding(file, pass, id, level, symbol, library, entry, detail)
  SELECT s.here, x.pass, x.id, x.level, x.symbol, x.library, x.entry, x.detail
  FROM other.finding x JOIN same s ON s.there = x.file WHERE x.pass != 'link';
INSERT OR REPLACE INTO proof(file, symbol, proof, evidence)
  SELECT s.here, p.symbol, p.proof, p.evidence FROM other.proof p JOIN same s ON s.there = p.file;
DROP TABLE same;
)";

}  // namespace

void Store::merge(const std::string& path) {
  check_schema(path);
  Statement attach(database_, "ATTACH DATABASE ? AS other");
  (attach << path).run();
  {
    Transaction transaction(database_);
    database_.run(kTrees);
    database_.run(kFiles);
    database_.run(kFindings);
    transaction.commit();
  }
  database_.run("DETACH DATABASE other");
}

}  // namespace ttrace::audit
