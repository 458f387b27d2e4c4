#include "tracer/stacks/by_build_id.h"

#include <elfutils/libdwfl.h>

#include <charconv>
#include <cstdlib>
#include <vector>

namespace ttrace::stacks {
namespace {

/// Empty if it is not hexadecimal, or longer than any is.
std::vector<unsigned char> bytes_of(const std::string& hex) {
  constexpr std::size_t kMaxBytes = 64;
  std::vector<unsigned char> bytes(hex.size() / 2);
  if (hex.size() % 2 != 0 || bytes.size() > kMaxBytes) return {};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* const digits = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, bytes[i], 16);
    if (error != std::errc{} || end != digits + 2) return {};
  }
  return bytes;
}

}  // namespace

// libdwfl knows the places and the protocol; it wants a module, which may lie anywhere.
std::shared_ptr<ElfFile> find_by_build_id(const std::string& build_id) {
  static const Dwfl_Callbacks callbacks{dwfl_build_id_find_elf, dwfl_build_id_find_debuginfo,
                                        nullptr, nullptr};
  const std::vector<unsigned char> id = bytes_of(build_id);
  if (id.empty()) return nullptr;
  const std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl(::dwfl_begin(&callbacks), &dwfl_end);
  if (!dwfl) return nullptr;
  ::dwfl_report_begin(dwfl.get());
  Dwfl_Module* const module = ::dwfl_report_module(dwfl.get(), "file", 0x1000, 0x2000);
  if (module == nullptr) return nullptr;
  ::dwfl_module_report_build_id(module, id.data(), id.size(), 0);
  ::dwfl_report_end(dwfl.get(), nullptr, nullptr);
  char* path = nullptr;
  Elf* elf = nullptr;
  UniqueFd fd(::dwfl_build_id_find_elf(module, nullptr, "file", 0x1000, &path, &elf));
  std::free(path);
  ::elf_end(elf);
  auto file = fd ? ElfFile::from_fd(std::move(fd)) : nullptr;
  return file && file->build_id() == build_id ? file : nullptr;
}

}  // namespace ttrace::stacks
