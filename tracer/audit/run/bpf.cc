#include "tracer/audit/run/bpf.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "tracer/base/first_line.h"

namespace ttrace::audit::bpf {
namespace {

constexpr const char* kUprobeType = "/sys/bus/event_source/devices/uprobe/type";
constexpr const char* kLicense = "MIT";

/// As uapi/linux/bpf.h has it since Linux 6.6.
struct LinkToUprobes {
  std::uint32_t program, target, attach_type, link_flags;
  std::uint64_t path, offsets, reference_counters, cookies;
  std::uint32_t count, flags, pid, padding;
};
static_assert(sizeof(LinkToUprobes) == 64);

std::uint64_t address(const void* data) { return reinterpret_cast<std::uintptr_t>(data); }

template <typename Attributes>
int bpf(bpf_cmd command, Attributes& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

std::uint32_t uprobe_type() {
  const std::string text = first_line(kUprobeType);
  std::uint32_t type = 0;
  std::from_chars(text.data(), text.data() + text.size(), type);
  return type;
}

}  // namespace

Code& Code::put(int code, int to, int from, std::int16_t offset, std::int32_t value) {
  bpf_insn instruction{};
  instruction.code = static_cast<std::uint8_t>(code);
  instruction.dst_reg = static_cast<std::uint8_t>(to & 0xf);
  instruction.src_reg = static_cast<std::uint8_t>(from & 0xf);
  instruction.off = offset;
  instruction.imm = value;
  code_.push_back(instruction);
  return *this;
}

Code& Code::set(int reg, std::int32_t value) {
  return put(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, value);
}
Code& Code::move(int to, int from) { return put(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
Code& Code::add(int reg, std::int32_t value) {
  return put(BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, value);
}
Code& Code::address_of_stack(int reg, std::int16_t offset) {
  return move(reg, BPF_REG_10).add(reg, offset);
}
Code& Code::address_of_map(int reg, int map) {
  return put(BPF_LD | BPF_DW | BPF_IMM, reg, BPF_PSEUDO_MAP_FD, 0, map).put(0, 0, 0, 0, 0);
}
Code& Code::store(std::int16_t stack_offset, int reg) {
  return put(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, reg, stack_offset, 0);
}
Code& Code::call(bpf_func_id helper) { return put(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
Code& Code::skip_if_zero(int reg, std::int16_t instructions) {
  return put(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, instructions, 0);
}
Code& Code::skip_unless_zero(int reg, std::int16_t instructions) {
  return put(BPF_JMP | BPF_JNE | BPF_K, reg, 0, instructions, 0);
}
Code& Code::skip_if_below(int reg, std::int32_t value, std::int16_t instructions) {
  return put(BPF_JMP | BPF_JLT | BPF_K, reg, 0, instructions, value);
}
Code& Code::leave() { return put(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

UniqueFd recent_keys(std::uint32_t key_size, std::uint32_t value_size, std::size_t most) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_LRU_HASH;
  attributes.key_size = key_size;
  attributes.value_size = value_size;
  attributes.max_entries = static_cast<std::uint32_t>(most);
  return UniqueFd(bpf(BPF_MAP_CREATE, attributes));
}

UniqueFd load(bpf_prog_type type, std::uint32_t attach_type, const Code& code) {
  bpf_attr attributes{};
  attributes.prog_type = type;
  attributes.expected_attach_type = attach_type;
  attributes.insns = address(code.instructions().data());
  attributes.insn_cnt = static_cast<std::uint32_t>(code.instructions().size());
  attributes.license = address(kLicense);
  return UniqueFd(bpf(BPF_PROG_LOAD, attributes));
}

UniqueFd watch_all(int program, const std::string& file, const Places& places) {
  LinkToUprobes link{};
  link.program = static_cast<std::uint32_t>(program);
  link.attach_type = kUprobeMulti;
  link.path = address(file.c_str());
  link.offsets = address(places.offsets.data());
  link.cookies = address(places.cookies.data());
  link.count = static_cast<std::uint32_t>(places.offsets.size());
  return UniqueFd(bpf(BPF_LINK_CREATE, link));
}

UniqueFd watch_one(int program, const std::string& file, std::uint64_t offset,
                   std::uint64_t cookie) {
  perf_event_attr event{};
  event.type = uprobe_type();
  event.size = sizeof event;
  event.uprobe_path = address(file.c_str());
  event.probe_offset = offset;
  // For a program the processor does not matter: it is run on all.
  const UniqueFd place(
      static_cast<int>(syscall(SYS_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
  if (event.type == 0 || !place) return {};
  bpf_attr link{};
  link.link_create.prog_fd = static_cast<std::uint32_t>(program);
  link.link_create.target_fd = static_cast<std::uint32_t>(place.get());
  link.link_create.attach_type = BPF_PERF_EVENT;
  link.link_create.perf_event.bpf_cookie = cookie;
  return UniqueFd(bpf(BPF_LINK_CREATE, link));
}

bool has_watch_all(int program) {
  return !watch_all(program, "/proc/self/no-such-file", {{0}, {0}}) && errno == ENOENT;
}

bool has_watch_one(int program) {
  bpf_attr link{};
  link.link_create.prog_fd = static_cast<std::uint32_t>(program);
  link.link_create.target_fd = UINT32_MAX;
  link.link_create.attach_type = BPF_PERF_EVENT;
  return uprobe_type() != 0 && bpf(BPF_LINK_CREATE, link) < 0 && errno == EBADF;
}

std::optional<std::uint32_t> run_here(int program) {
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<std::uint32_t>(program);
  if (bpf(BPF_PROG_TEST_RUN, attributes) != 0) return std::nullopt;
  return attributes.test.retval;
}

bool take(int map, const void* key) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<std::uint32_t>(map);
  attributes.key = address(key);
  return bpf(BPF_MAP_DELETE_ELEM, attributes) == 0;
}

}  // namespace ttrace::audit::bpf
