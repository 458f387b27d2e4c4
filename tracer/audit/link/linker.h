// The second pass: from what each file does alone to what a program does with
// its libraries. It resolves DT_NEEDED as the loader of the file's root would,
// reads the libraries that the first pass was not asked for, and tells four
// cases apart:
//   a function that the program imports makes a call that fails, and heeds how it ends: an error
//   a function that the program imports leads, in the library's code, to the bad call: a warning
//     that names both
//   the library's code cannot be followed, and the program imports something of it: a warning
//   nothing that the program imports is seen to lead to the bad call: a note
#pragma once

#include <atomic>

#include "tracer/audit/place.h"
#include "tracer/audit/store/store.h"

namespace ttrace::audit {

/// Replaces all findings of the pass "link" in the database. A tree that is not on this machine (of
/// a merged database) is linked from the database alone, by the names of its libraries.
void link_files(Store& store, const std::atomic<bool>& stop);

}  // namespace ttrace::audit
