// A step of the build: prints every system call that libseccomp knows as the rows of
// syscall_table.cc, sorted by name. libseccomp itself compares a name with each of its own in turn,
// and a run starts with hundreds of names.
#include <seccomp.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace {

constexpr int kEnd = 1024;  // no ABI numbers its calls so far

void print_rows(const char* table, std::uint32_t arch) {
  std::map<std::string, int> numbers;
  for (int nr = 0; nr < kEnd; ++nr) {
    char* const name = seccomp_syscall_resolve_num_arch(arch, nr);
    // Calls that socketcall(2) and ipc(2) serve as well have numbers of libseccomp's own.
    if (name && seccomp_syscall_resolve_name_arch(arch, name) == nr) numbers.emplace(name, nr);
    std::free(name);
  }
  std::printf("constexpr Row %s[] = {\n", table);
  for (const auto& [name, nr] : numbers) {
    std::printf("    {\"%s\", %d, %d},\n", name.c_str(), nr,
                seccomp_syscall_resolve_name(name.c_str()));
  }
  std::printf("};\n");
}

}  // namespace

int main() {
  print_rows("kX86_64", SCMP_ARCH_X86_64);
  print_rows("kI386", SCMP_ARCH_X86);
}
