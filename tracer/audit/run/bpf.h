// The few calls of bpf(2) that it takes to watch functions. Debian 12's libbpf (1.1) does not know
// links to many uprobes, which came with Linux 6.6.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tracer/base/unique_fd.h"

namespace ttrace::audit::bpf {

/// A program in the making; the registers and helpers are those of bpf-helpers(7).
class Code {
 public:
  Code& set(int reg, std::int32_t value);
  Code& move(int to, int from);
  Code& add(int reg, std::int32_t value);
  Code& address_of_stack(int reg, std::int16_t offset);
  Code& address_of_map(int reg, int map);
  Code& store(std::int16_t stack_offset, int reg);  // 64 bits
  Code& call(bpf_func_id helper);
  Code& skip_if_zero(int reg, std::int16_t instructions);
  Code& skip_unless_zero(int reg, std::int16_t instructions);
  Code& skip_if_below(int reg, std::int32_t value, std::int16_t instructions);
  Code& leave();

  std::span<const bpf_insn> instructions() const { return code_; }

 private:
  Code& put(int code, int to, int from, std::int16_t offset, std::int32_t value);
  std::vector<bpf_insn> code_;
};

// Each of these gives no descriptor where the kernel refuses; errno(3) says why.

/// A map of keys of which the kernel forgets the oldest when there are more than `most`.
UniqueFd recent_keys(std::uint32_t key_size, std::uint32_t value_size, std::size_t most);
UniqueFd load(bpf_prog_type type, std::uint32_t attach_type, const Code& code);

/// A place of a file; the program learns the cookie from bpf_get_attach_cookie().
struct Places {
  std::vector<std::uint64_t> offsets, cookies;
};

inline constexpr std::uint32_t kUprobeMulti = 48;  // BPF_TRACE_UPROBE_MULTI

/// Runs `program`, a kprobe's of attach type kUprobeMulti, each time that a process executes one of
/// the places, for as long as the descriptor is open. Linux 6.6.
UniqueFd watch_all(int program, const std::string& file, const Places& places);
/// The same of a program of attach type 0, for one place. Linux 5.15; closing it takes the kernel
/// about a tenth of a second.
UniqueFd watch_one(int program, const std::string& file, std::uint64_t offset,
                   std::uint64_t cookie);

/// Whether the kernel has these: what it says of a link to no file.
bool has_watch_all(int program);
bool has_watch_one(int program);

/// What a raw tracepoint's program returns, run in this process; nullopt: the kernel refuses.
std::optional<std::uint32_t> run_here(int program);

/// Whether the map has this key, which it then has no longer.
bool take(int map, const void* key);

}  // namespace ttrace::audit::bpf
