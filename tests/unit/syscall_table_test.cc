#include "tracer/abi/syscall_table.h"

#include <seccomp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

using namespace ttrace;

TEST_CASE("names of system calls have the numbers that libseccomp gives them") {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    const std::uint32_t arch = abi_info(abi).scmp_arch;
    int known = 0;
    for (int nr = 0; nr < 1024; ++nr) {
      char* const name = seccomp_syscall_resolve_num_arch(arch, nr);
      if (!name) continue;
      ++known;
      CAPTURE(name);
      const int resolved = seccomp_syscall_resolve_name_arch(arch, name);
      CHECK(raw(syscall_number(abi, name).value_or(SyscallNr{-1})) == std::max(resolved, -1));
      CHECK(native_number(abi, name) == seccomp_syscall_resolve_name(name));
      CHECK(syscall_name(abi, SyscallNr{nr}) == name);
      std::free(name);
    }
    CHECK(known > 300);
  }
}

TEST_CASE("a call that an ABI lacks has no number there, and a number without a name is told") {
  CHECK_FALSE(syscall_number(Abi::kX86_64, "clock_gettime64"));
  CHECK_FALSE(syscall_number(Abi::kI386, "newfstatat"));
  CHECK_FALSE(syscall_number(Abi::kI386, "no_such_call"));
  CHECK(raw(*syscall_number(Abi::kI386, "clock_gettime64")) == 403);
  if (is_traced(Abi::kX86_64)) {
    CHECK(native_number(Abi::kI386, "clock_gettime64") < 0);
  } else {
    CHECK(native_number(Abi::kI386, "clock_gettime64") == 403);
  }
  CHECK(syscall_name(Abi::kI386, SyscallNr{999}) == "syscall_999");
}
