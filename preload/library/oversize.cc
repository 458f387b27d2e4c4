#include "preload/library/oversize.h"

#include "preload/library/paths.h"
#include "preload/library/stack.h"

namespace ttrace::preload {
namespace {

void fill(OversizeRecord& record, const Oversize& what) {
  record.reasons = what.reasons;
  record.seconds = what.seconds;
  record.result = what.result;
  record.error = what.error;
  record.clock = what.clock;
  record.flags = what.flags;
  record.has_path = what.path != nullptr;
  record.buffer = reinterpret_cast<unsigned long>(what.buffer);
  copy_text(record.function, what.function);
  copy_text(record.path, what.path);
}

}  // namespace

void tell_oversize(const Oversize& what, const void* entry) {
  if (!(head().watch & kWatchTime)) return;
  const Path path = path_of(what.function, what.reasons, entry);
  if (!path.is_new) return;
  StackCopy here{};
  ttrace_capture(&here);
  const StackParts parts = captured_parts(here);
  auto* const record = reserve_as<OversizeRecord>(Kind::kOversize, parts.size());
  if (!record) return;
  fill(*record, what);
  record->counter = path.counter;
  copy_stack(record->stack, here, what.address, parts);
  commit(&record->record);
}

}  // namespace ttrace::preload
