// The functions of SQLite that are used here, from a library that is opened with the first
// database: a run that has none would spend more of its start on it than on all others together.
#pragma once

#include <sqlite3.h>

namespace ttrace::audit {

struct SqliteApi {
  decltype(&::sqlite3_bind_int64) bind_int64;
  decltype(&::sqlite3_bind_null) bind_null;
  decltype(&::sqlite3_bind_text) bind_text;
  decltype(&::sqlite3_busy_timeout) busy_timeout;
  decltype(&::sqlite3_close) close;
  decltype(&::sqlite3_column_bytes) column_bytes;
  decltype(&::sqlite3_column_int64) column_int64;
  decltype(&::sqlite3_column_text) column_text;
  decltype(&::sqlite3_errmsg) errmsg;
  decltype(&::sqlite3_exec) exec;
  decltype(&::sqlite3_finalize) finalize;
  decltype(&::sqlite3_last_insert_rowid) last_insert_rowid;
  decltype(&::sqlite3_open_v2) open_v2;
  decltype(&::sqlite3_prepare_v2) prepare_v2;
  decltype(&::sqlite3_reset) reset;
  decltype(&::sqlite3_step) step;
};

/// Never closed. Throws UserError where the library is missing.
const SqliteApi& sqlite();

}  // namespace ttrace::audit
