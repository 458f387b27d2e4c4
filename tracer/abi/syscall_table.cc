#include "tracer/abi/syscall_table.h"

#include <fmt/format.h>
#include <seccomp.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>

namespace ttrace {
namespace {

struct Row {
  std::string_view name;
  int nr;
  int native;
};

#include "syscall_table.inc"

const Row* find(Abi abi, std::string_view name) {
  const std::span<const Row> rows =
      abi == Abi::kX86_64 ? std::span<const Row>(kX86_64) : std::span<const Row>(kI386);
  const auto at = std::ranges::lower_bound(rows, name, {}, &Row::name);
  return at != rows.end() && at->name == name ? &*at : nullptr;
}

}  // namespace

// What is not in the table, a libseccomp newer than it may know.
std::optional<SyscallNr> syscall_number(Abi abi, const std::string& name) {
  if (const Row* const row = find(abi, name)) return SyscallNr{row->nr};
  const int nr = seccomp_syscall_resolve_name_arch(abi_info(abi).scmp_arch, name.c_str());
  if (nr < 0) return std::nullopt;
  return SyscallNr{nr};
}

int native_number(Abi abi, const std::string& name) {
  const Row* const row = find(abi, name);
  return row ? row->native : seccomp_syscall_resolve_name(name.c_str());
}

std::string syscall_name(Abi abi, SyscallNr nr) {
  char* const name = seccomp_syscall_resolve_num_arch(abi_info(abi).scmp_arch, raw(nr));
  if (!name) return fmt::format("syscall_{}", raw(nr));
  std::string text = name;
  std::free(name);
  return text;
}

}  // namespace ttrace
