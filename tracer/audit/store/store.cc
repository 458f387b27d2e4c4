#include "tracer/audit/store/store.h"

#include <fmt/ranges.h>

namespace ttrace::audit {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

constexpr const char* kInsertFinding =
    "INSERT INTO finding(file, pass, id, level, symbol, library, entry, "
    "detail) VALUES(?, ?, ?, ?, ?, "
    "?, ?, ?)";

// A file that was asked for stays so when it is met again as some program's library.
constexpr const char* kInsertFile =
    "INSERT INTO file(tree, path, asked, size, mtime_ns, inode, kind, why, "
    "machine, bits, big_endian, libc, time_bits, language, interpreter, "
    "soname, rpath, runpath, needed, imports, exports, leads, time_abi, "
    "package) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?, ?, ?) "
    "ON CONFLICT(tree, path) DO UPDATE SET asked = max(asked, excluded.asked), "
    "size = excluded.size, mtime_ns = excluded.mtime_ns, inode = "
    "excluded.inode, kind = excluded.kind, why = excluded.why, machine = "
    "excluded.machine, bits = excluded.bits, big_endian = excluded.big_endian, "
    "libc = excluded.libc, time_bits = excluded.time_bits, language = "
    "excluded.language, interpreter = excluded.interpreter, soname = "
    "excluded.soname, rpath = excluded.rpath, runpath = excluded.runpath, "
    "needed = excluded.needed, imports = excluded.imports, exports = "
    "excluded.exports, leads = excluded.leads, time_abi = excluded.time_abi, "
    "package = coalesce(excluded.package, package) "
    "RETURNING id";

}  // namespace

Store::Store(const std::string& path) : database_(path) { ensure_schema(database_); }

std::int64_t Store::add_tree(const Tree& tree, const std::string& root) {
  Statement insert(database_,
                   "INSERT INTO tree(path, kind, root) VALUES(?, ?, ?) ON "
                   "CONFLICT(path) DO UPDATE "
                   "SET kind = excluded.kind, root = excluded.root RETURNING id");
  insert << tree.path << tree.kind << root;
  insert.step();
  return insert.number(0);
}

void Store::set_share(std::int64_t tree, const std::string& shard, std::uint64_t seen,
                      bool complete) {
  Statement insert(database_,
                   "INSERT INTO share VALUES(?, ?, ?, ?) ON "
                   "CONFLICT(tree, shard) DO UPDATE SET seen = "
                   "excluded.seen, complete = excluded.complete");
  (insert << tree << shard << static_cast<std::int64_t>(seen) << std::int64_t{complete}).run();
}

std::int64_t Store::add_package(std::int64_t tree, const Package& package) {
  Statement insert(database_,
                   "INSERT INTO package(tree, name, version, architecture, manager) "
                   "VALUES(?, ?, ?, "
                   "?, ?) ON CONFLICT(tree, name, architecture) DO UPDATE SET version = "
                   "excluded.version, manager = excluded.manager RETURNING id");
  insert << tree << package.name << package.version << package.architecture << package.manager;
  insert.step();
  return insert.number(0);
}

std::vector<std::int64_t> Store::add_packages(std::int64_t tree,
                                              const std::vector<Package>& packages) {
  Transaction transaction(database_);
  std::vector<std::int64_t> rows;
  for (const Package& package : packages) rows.push_back(add_package(tree, package));
  transaction.commit();
  return rows;
}

std::unordered_map<std::string, Stamp> Store::stamps(std::int64_t tree) {
  std::unordered_map<std::string, Stamp> stamps;
  Statement select(database_,
                   "SELECT path, size, mtime_ns, inode FROM file WHERE tree = ? AND asked");
  select << tree;
  while (select.step()) {
    stamps[std::string(select.text(0))] = {static_cast<std::uint64_t>(select.number(1)),
                                           select.number(2),
                                           static_cast<std::uint64_t>(select.number(3))};
  }
  return stamps;
}

void Store::write(const std::vector<Row>& rows) {
  Transaction transaction(database_);
  Statement insert(database_, kInsertFile);
  Statement forget(database_, "DELETE FROM finding WHERE file = ?");
  Statement add(database_, kInsertFinding);
  for (const Row& row : rows) {
    const std::int64_t file = write_file(insert, row);
    (forget << file).run();
    for (const Finding& finding : row.facts.file.findings)
      write_finding(add, file, "static", finding);
  }
  transaction.commit();
}

std::int64_t Store::write_file(Statement& insert, const Row& row) {
  const FileFacts& facts = row.facts;
  const File& file = facts.file;
  insert << row.tree << file.path << std::int64_t{row.asked}
         << static_cast<std::int64_t>(facts.stamp.size) << facts.stamp.mtime_ns
         << static_cast<std::int64_t>(facts.stamp.inode) << word(file.kind) << file.why
         << file.machine << std::int64_t{file.bits} << std::int64_t{file.big_endian}
         << word(file.libc) << word(file.time_bits) << file.language << file.interpreter
         << facts.soname << facts.rpath << facts.runpath << joined(facts.needed)
         << joined(facts.imports) << joined(facts.exports) << joined(facts.leads)
         << joined(facts.time_abi);
  if (row.package == 0) {
    insert.null();
  } else {
    insert << row.package;
  }
  insert.step();
  const std::int64_t id = insert.number(0);
  insert.reset();
  return id;
}

void Store::write_finding(Statement& insert, std::int64_t file, const std::string& pass,
                          const Finding& finding) {
  (insert << file << pass << finding.id << level_word(finding.level) << finding.symbol
          << finding.library << finding.entry << finding.detail)
      .run();
}

void Store::remove(std::int64_t tree, const std::vector<std::string>& paths) {
  Transaction transaction(database_);
  Statement forget(database_, "DELETE FROM file WHERE tree = ? AND path = ?");
  for (const std::string& path : paths) (forget << tree << path).run();
  transaction.commit();
}

void Store::replace_findings(const std::string& pass, const std::vector<LateFinding>& findings) {
  Transaction transaction(database_);
  Statement forget(database_, "DELETE FROM finding WHERE pass = ?");
  (forget << pass).run();
  Statement add(database_, kInsertFinding);
  for (const LateFinding& late : findings) write_finding(add, late.file, pass, late.finding);
  transaction.commit();
}

void Store::set_proof(std::int64_t file, std::string_view symbol, Proof proof,
                      std::string_view evidence) {
  Statement insert(database_,
                   "INSERT INTO proof(file, symbol, proof, evidence) VALUES(?, ?, ?, ?) ON "
                   "CONFLICT(file, symbol) DO UPDATE SET proof = excluded.proof, evidence = "
                   "excluded.evidence");
  (insert << file << symbol << word(proof) << evidence).run();
}

void Store::set_meta(const std::string& key, const std::string& value) {
  Statement insert(database_,
                   "INSERT INTO meta VALUES(?, ?) ON CONFLICT(key) "
                   "DO UPDATE SET value = excluded.value");
  (insert << key << value).run();
}

std::string Store::meta(const std::string& key) {
  Statement select(database_, "SELECT value FROM meta WHERE key = ?");
  select << key;
  return select.step() ? std::string(select.text(0)) : std::string();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for_lines(text, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

}  // namespace ttrace::audit
