#include "tracer/audit/elf/libc_of.h"

#include <algorithm>
#include <array>

namespace ttrace::audit {
namespace {

struct Mark {
  std::string_view text;
  Libc libc;
};

// Parts of a loader's path.
constexpr std::array kLoaders = {
    Mark{"ld-musl-", Libc::kMusl},      Mark{"ld-uClibc", Libc::kUclibc},
    Mark{"ld64-uClibc", Libc::kUclibc}, Mark{"/system/bin/linker", Libc::kBionic},
    Mark{"ld-linux", Libc::kGlibc},     Mark{"/ld64.so.", Libc::kGlibc},
    Mark{"/ld.so.1", Libc::kGlibc},     Mark{"/libdl.so.dietlibc", Libc::kDietlibc},
};

// How the name of a needed library begins.
constexpr std::array kLibraries = {
    Mark{"libc.so.6", Libc::kGlibc},  Mark{"libc.musl-", Libc::kMusl},
    Mark{"libc.so.0", Libc::kUclibc}, Mark{"libc.so.1", Libc::kUclibc},
    Mark{"libuClibc", Libc::kUclibc},
};

bool has_version(const DynamicInfo& dynamic, std::string_view prefix) {
  return std::any_of(dynamic.symbols.begin(), dynamic.symbols.end(),
                     [&](const DynamicSymbol& s) { return s.version.starts_with(prefix); });
}

}  // namespace

Libc libc_of(const std::string& interpreter, const DynamicInfo& dynamic) {
  for (const Mark& mark : kLoaders) {
    if (interpreter.find(mark.text) != std::string::npos) return mark.libc;
  }
  for (const Mark& mark : kLibraries) {
    if (dynamic.soname.starts_with(mark.text)) return mark.libc;
  }
  for (const Mark& mark : kLoaders) {
    if (("/" + dynamic.soname).find(mark.text) != std::string::npos) return mark.libc;
  }
  for (const std::string& name : dynamic.needed) {
    for (const Mark& mark : kLibraries) {
      if (name.starts_with(mark.text)) return mark.libc;
    }
    // Android's and what musl-gcc links to have the same name; only Android's has versions.
    if (name == "libc.so") return has_version(dynamic, "LIBC") ? Libc::kBionic : Libc::kMusl;
  }
  return has_version(dynamic, "GLIBC_") ? Libc::kGlibc : Libc::kUnknown;
}

}  // namespace ttrace::audit
