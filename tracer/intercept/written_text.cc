#include "tracer/intercept/written_text.h"

#include <algorithm>

#include "tracer/abi/syscall_table.h"
#include "tracer/base/narrow.h"
#include "tracer/engine/remote_memory.h"

namespace ttrace {
namespace {

std::string read_bytes(Pid pid, std::uint64_t from, std::uint64_t size, std::size_t most) {
  std::string text(at_most(most, size), '\0');
  text.resize(read_memory_upto(pid, RemotePtr{from}, text.data(), text.size()));
  return text;
}

std::string gather(Pid pid, Abi abi, std::uint64_t vector, std::uint64_t count, std::size_t most) {
  constexpr std::uint64_t kMostParts = 16;
  const unsigned word = abi_info(abi).word_size;
  std::string text;
  for (std::uint64_t i = 0; i < std::min(count, kMostParts); ++i) {
    std::uint64_t base = 0, size = 0;
    const RemotePtr part{vector + i * 2 * word};
    if (!read_memory(pid, part, &base, word) || !read_memory(pid, part + word, &size, word)) break;
    text += read_bytes(pid, base, size, most);
  }
  return text;
}

}  // namespace

std::string written_text(Pid pid, Abi abi, SyscallNr nr, const std::array<std::uint64_t, 6>& args,
                         std::size_t most) {
  if (syscall_number(abi, "write") == nr) return read_bytes(pid, args[1], args[2], most);
  if (syscall_number(abi, "writev") == nr) return gather(pid, abi, args[1], args[2], most);
  return {};
}

}  // namespace ttrace
