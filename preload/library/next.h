// The functions that this library stands in front of, each under its own name.
#pragma once

#include "preload/library/loader.h"
#include "preload/library/system.h"

/// Defines the function `name` that programs find ahead of the C library's. No version: such a
/// symbol serves every version that is asked for (glibc, elf/dl-lookup.c, check_match).
#define TTRACE_STAND_IN(result, name, parameters)                                       \
  extern "C" [[gnu::visibility("default")]] result ttrace_##name parameters asm(#name); \
  extern "C" result ttrace_##name parameters

extern "C" int* __errno_location() noexcept;

namespace ttrace::preload {

inline int& error_number() { return *__errno_location(); }

/// The next function of this name: the C library's own, or that of another library in between.
template <typename Function>
class Next {
 public:
  constexpr explicit Next(const char* name) : name_(name) {}
  /// Null: there is none.
  Function* get() {
    const unsigned long known = __atomic_load_n(&address_, __ATOMIC_RELAXED);
    return reinterpret_cast<Function*>(known > kMissing ? known : look());
  }
  unsigned long address() { return reinterpret_cast<unsigned long>(get()); }
  const char* name() const { return name_; }

 private:
  static constexpr unsigned long kMissing = 1;
  [[gnu::noinline, gnu::cold]] unsigned long look() {
    if (address_ == kMissing) return 0;
    const unsigned long found = next_function(name_);
    __atomic_store_n(&address_, found ? found : kMissing, __ATOMIC_RELAXED);
    return found;
  }
  const char* name_;
  unsigned long address_ = 0;
};

}  // namespace ttrace::preload
