// SQLite with owners: a connection, a statement, a transaction. Every failure is a UserError that
// names the file, because what fails is a disk, a permission or somebody else's file.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tracer/audit/store/sqlite_api.h"

namespace ttrace::audit {

class Database {
 public:
  /// Opens or creates; an empty path is a private temporary database. Waits up to a minute for
  /// another writer.
  enum class Open { kReadWrite, kReadOnly };
  explicit Database(const std::string& path, Open how = Open::kReadWrite);
  void run(const std::string& sql);
  std::int64_t last_row() const { return sqlite().last_insert_rowid(handle_.get()); }
  sqlite3* handle() const { return handle_.get(); }
  const std::string& path() const { return path_; }
  [[noreturn]] void fail(const std::string& doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite().close(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  Statement(const Database& database, std::string_view sql);
  /// Parameters are bound in the order of the calls; run() and reset() start over.
  Statement& operator<<(std::string_view text);
  Statement& operator<<(std::int64_t number);
  Statement& null();
  /// True while there is a row.
  bool step();
  /// One execution without a row of interest.
  void run();
  void reset();
  std::int64_t number(int column) const { return sqlite().column_int64(handle_.get(), column); }
  /// Valid until the next step.
  std::string_view text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite().finalize(handle); }
  };
  const Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int next_ = 1;
};

/// Rolled back unless commit() was called.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace ttrace::audit
