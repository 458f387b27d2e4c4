// The audit's database: docs/audit-schema.md explains it to those who query it.
#pragma once

#include "tracer/audit/store/sqlite.h"

namespace ttrace::audit {

/// PRAGMA user_version of the tables below.
constexpr int kSchemaVersion = 1;

/// Creates the tables in an empty database. UserError for a file that is some other program's, or
/// of another version.
void ensure_schema(Database& database);

/// UserError if the file is no audit's database of this version.
void check_schema(const std::string& path);

}  // namespace ttrace::audit
