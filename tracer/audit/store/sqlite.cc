#include "tracer/audit/store/sqlite.h"

#include <fmt/format.h>

#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

constexpr int kWaitForOthersMs = 60'000;

}  // namespace

Database::Database(const std::string& path, Open how) : path_(path) {
  sqlite3* handle = nullptr;
  const int flags =
      how == Open::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite().open_v2(path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail("open");
  sqlite().busy_timeout(handle, kWaitForOthersMs);
}

void Database::run(const std::string& sql) {
  if (sqlite().exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    fail("use");
}

void Database::fail(const std::string& doing) const {
  throw UserError(fmt::format("cannot {} the audit database '{}': {}", doing, path_,
                              sqlite().errmsg(handle_.get())),
                  "name another file with --db");
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  if (sqlite().prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &handle,
                          nullptr) != SQLITE_OK) {
    database.fail("read");
  }
  handle_.reset(handle);
}

Statement& Statement::operator<<(std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  if (sqlite().bind_text(handle_.get(), next_++, data, static_cast<int>(text.size()),
                         SQLITE_TRANSIENT) != SQLITE_OK) {
    database_.fail("write");
  }
  return *this;
}

Statement& Statement::operator<<(std::int64_t number) {
  if (sqlite().bind_int64(handle_.get(), next_++, number) != SQLITE_OK) database_.fail("write");
  return *this;
}

Statement& Statement::null() {
  sqlite().bind_null(handle_.get(), next_++);
  return *this;
}

bool Statement::step() {
  const int code = sqlite().step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail("use");
  return false;
}

void Statement::run() {
  while (step()) continue;
  reset();
}

void Statement::reset() {
  sqlite().reset(handle_.get());
  next_ = 1;
}

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite().column_text(handle_.get(), column));
  const int size = sqlite().column_bytes(handle_.get(), column);
  return text == nullptr ? std::string_view{}
                         : std::string_view{text, static_cast<std::size_t>(size)};
}

// IMMEDIATE: a writer that waits its turn at the start cannot fail in the middle.
Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (open_) sqlite().exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace ttrace::audit
