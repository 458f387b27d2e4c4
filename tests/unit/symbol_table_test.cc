#include "tracer/stacks/symbol_table.h"

#include <dlfcn.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <ctime>

using namespace ttrace;

namespace {

/// This process, as libdwfl has it.
struct Self {
  Self() : dwfl(dwfl_begin(&callbacks)) {
    dwfl_linux_proc_report(dwfl, getpid());
    dwfl_report_end(dwfl, nullptr, nullptr);
  }
  ~Self() { dwfl_end(dwfl); }
  Dwfl_Callbacks callbacks{dwfl_linux_proc_find_elf, dwfl_standard_find_debuginfo, nullptr,
                           nullptr};
  Dwfl* dwfl;
};

std::uint64_t address_of(const char* name) {
  return reinterpret_cast<std::uintptr_t>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

TEST_CASE("a table of symbols says the same at the first search and at the hundredth") {
  const Self self;
  Dwfl_Module* const libc = dwfl_addrmodule(self.dwfl, address_of("qsort_r"));
  REQUIRE(libc != nullptr);
  stacks::SymbolTable table(libc, 0, ~std::uint64_t{0});
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    for (const char* const name : {"qsort_r", "strtol", "fprintf"}) {
      const auto at = address_of(name);
      for (const std::uint64_t address : {at, at + 1}) {
        const auto found = table.find(address);
        REQUIRE(found);
        CHECK(found->name == name);
        CHECK(found->start == at);
      }
    }
    CHECK_FALSE(table.find(8));
    CHECK_FALSE(table.find(~std::uint64_t{0}));
  }
}
