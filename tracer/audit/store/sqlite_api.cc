#include "tracer/audit/store/sqlite_api.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "tracer/base/result.h"

namespace ttrace::audit {
namespace {

constexpr const char* kLibrary = "libsqlite3.so.0";

[[noreturn]] void fail() {
  throw UserError(fmt::format("cannot use SQLite: {}", dlerror()),
                  "apt-get install libsqlite3-0, or the like");
}

class Library {
 public:
  Library() : handle_(dlopen(kLibrary, RTLD_NOW)) {
    if (!handle_) fail();
  }
  template <typename Function>
  void find(Function& function, const char* name) const {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
    if (!function) fail();
  }

 private:
  void* handle_;
};

SqliteApi load() {
  const Library library;
  SqliteApi api{};
  library.find(api.bind_int64, "sqlite3_bind_int64");
  library.find(api.bind_null, "sqlite3_bind_null");
  library.find(api.bind_text, "sqlite3_bind_text");
  library.find(api.busy_timeout, "sqlite3_busy_timeout");
  library.find(api.close, "sqlite3_close");
  library.find(api.column_bytes, "sqlite3_column_bytes");
  library.find(api.column_int64, "sqlite3_column_int64");
  library.find(api.column_text, "sqlite3_column_text");
  library.find(api.errmsg, "sqlite3_errmsg");
  library.find(api.exec, "sqlite3_exec");
  library.find(api.finalize, "sqlite3_finalize");
  library.find(api.last_insert_rowid, "sqlite3_last_insert_rowid");
  library.find(api.open_v2, "sqlite3_open_v2");
  library.find(api.prepare_v2, "sqlite3_prepare_v2");
  library.find(api.reset, "sqlite3_reset");
  library.find(api.step, "sqlite3_step");
  return api;
}

}  // namespace

const SqliteApi& sqlite() {
  static const SqliteApi api = load();
  return api;
}

}  // namespace ttrace::audit
