#include "tracer/shim/call_sites.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/shim/image.h"

namespace ttrace {
namespace {

constexpr std::size_t kSyscallLength = 2;  // 0f 05
constexpr std::size_t kJumpLength = 5;     // e9 rel32
constexpr std::size_t kStubLength = 32;
constexpr std::size_t kStubCount = 64;  // entry_x86_64.S has room for these
constexpr std::size_t kMostKnown = 8;
constexpr std::uint64_t kMostLoader = 16 << 20;  // bytes of a dynamic loader

// Every libc compares the result with -4095 right after the call. Five or six bytes give room for
// a jump, and nobody jumps to them from elsewhere.
std::size_t compare_length(const std::uint8_t* code) {
  static constexpr std::uint8_t kWide[] = {0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff};
  static constexpr std::uint8_t kNarrow[] = {0x3d, 0x00, 0xf0, 0xff, 0xff};
  if (std::memcmp(code, kWide, sizeof kWide) == 0) return sizeof kWide;
  if (std::memcmp(code, kNarrow, sizeof kNarrow) == 0) return sizeof kNarrow;
  return 0;
}

// The site must be this call's alone, `mov $nr, %eax` just before it: then no thread and no
// interrupted frame can stand behind its instruction, for the first to come by stopped here.
bool loads_number(const CallSite& site, int nr) {
  std::array<std::uint8_t, 5> load{0xb8};
  std::memcpy(&load[1], &nr, 4);
  return std::search(site.before.begin(), site.before.end(), load.begin(), load.end()) !=
         site.before.end();
}

bool read_site(Pid pid, RemotePtr at, CallSite& site) {
  site.at = at;
  return read_memory(pid, at - site.before.size(), site.before.data(), site.before.size()) &&
         read_memory(pid, at, site.code.data(), site.code.size());
}

std::optional<CallSite> inspect(const SyscallStop& stop) {
  CallSite site;
  if (!read_site(stop.pid(), RemotePtr{stop.ip - kSyscallLength}, site)) return {};
  if (site.code[0] != 0x0f || site.code[1] != 0x05) return {};
  site.compare_length = compare_length(&site.code[kSyscallLength]);
  if (site.compare_length == 0 || !loads_number(site, raw(stop.nr))) return {};
  return site;
}

/// The operand of a jump or call whose next instruction is at `next`; nullopt: out of its reach.
std::optional<std::int32_t> relative(std::uint64_t next, std::uint64_t target) {
  const auto distance = static_cast<std::int64_t>(target - next);
  if (distance != static_cast<std::int32_t>(distance)) return std::nullopt;
  return static_cast<std::int32_t>(distance);
}

class Assembler {
 public:
  explicit Assembler(std::uint64_t at) : at_(at) {}
  void bytes(const std::uint8_t* from, std::size_t size) {
    std::memcpy(&code_[size_], from, size);
    size_ += size;
  }
  bool branch(std::uint8_t opcode, std::uint64_t target) {
    const auto operand = relative(at_ + size_ + kJumpLength, target);
    if (!operand) return false;
    code_[size_] = opcode;
    std::memcpy(&code_[size_ + 1], &*operand, 4);
    size_ += kJumpLength;
    return true;
  }
  const std::uint8_t* data() const { return code_.data(); }

 private:
  std::uint64_t at_;
  std::array<std::uint8_t, kStubLength> code_{};
  std::size_t size_ = 0;
};

bool write_stub(const MemoryFile& memory, const CallSite& site, std::uint64_t stub,
                std::uint64_t function) {
  static constexpr std::uint8_t kLeaveRedZone[] = {0x48, 0x8d, 0x64, 0x24, 0x80};
  static constexpr std::uint8_t kComeBack[] = {0x48, 0x8d, 0xa4, 0x24, 0x80, 0, 0, 0};
  Assembler code(stub);
  code.bytes(kLeaveRedZone, sizeof kLeaveRedZone);  // lea -128(%rsp), %rsp
  if (!code.branch(0xe8, function)) return false;
  code.bytes(kComeBack, sizeof kComeBack);  // lea 128(%rsp), %rsp
  code.bytes(&site.code[kSyscallLength], site.compare_length);
  if (!code.branch(0xe9, raw(site.at) + kSyscallLength + site.compare_length)) return false;
  return static_cast<bool>(memory.write(RemotePtr{stub}, code.data(), kStubLength));
}

bool patch(const Process& process, const CallSite& site) {
  AddressSpace& space = *process.space;
  if (space.stubs >= kStubCount) return false;
  const ShimImage& image = ShimImage::of(Abi::kX86_64);
  const std::uint64_t base = raw(space.shim);
  const std::uint64_t stub = base + image.symbol("ttrace_stubs") + space.stubs * kStubLength;
  const auto operand = relative(raw(site.at) + kJumpLength, stub);
  if (!operand) return false;
  const MemoryFile memory(process.pid);
  if (!write_stub(memory, site, stub, base + image.symbol("ttrace_stat_call"))) return false;
  std::array<std::uint8_t, 8> jump;
  jump.fill(0x90);
  jump[0] = 0xe9;
  std::memcpy(&jump[1], &*operand, 4);
  if (!memory.write(site.at, jump.data(), kSyscallLength + site.compare_length)) return false;
  ++space.stubs;
  return true;
}

// The call is not made; the thread goes back to the patched instruction with rax as it was.
bool run_again(const SyscallStop& stop, RemotePtr at) {
  auto regs = get_regs(stop.tid());
  if (!regs) return false;
  regs->rip = raw(at);
  regs->rax = static_cast<std::uint64_t>(raw(stop.nr));
  regs->orig_rax = ~std::uint64_t{0};
  return static_cast<bool>(set_regs(stop.tid(), *regs));
}

}  // namespace

bool CallSites::redirect(SyscallStop& stop) {
  const Process& process = *stop.tracee.process;
  AddressSpace& space = *process.space;
  if (stop.abi != Abi::kX86_64 || process.abi != Abi::kX86_64 || raw(space.shim) == 0) return false;
  if (space.patches) return false;  // in a process that is not ours no more is patched than must be
  if (space.refused_sites.contains(stop.ip)) return false;
  // A second thread could stand between the bytes that change.
  const bool alone = process.threads == 1 && !space.shared_by_others;
  const auto site = alone ? inspect(stop) : std::nullopt;
  if (site && patch(process, *site)) {
    remember(process, *site);
    return run_again(stop, site->at);
  }
  space.refused_sites.insert(stop.ip);
  return false;
}

void CallSites::remember(const Process& process, const CallSite& site) {
  const std::uint64_t offset = raw(site.at) - raw(process.space->loader);
  if (raw(process.space->loader) == 0 || offset >= kMostLoader) return;
  if (in_loader_.size() >= kMostKnown) return;
  in_loader_.push_back(site);
  in_loader_.back().at = RemotePtr{offset};
}

void CallSites::redirect_known(const Process& process) const {
  const RemotePtr loader = process.space->loader;
  if (process.abi != Abi::kX86_64 || raw(process.space->shim) == 0 || raw(loader) == 0) return;
  for (const CallSite& known : in_loader_) {
    CallSite site = known;
    if (!read_site(process.pid, loader + raw(known.at), site)) continue;
    if (site.before == known.before && site.code == known.code) (void)patch(process, site);
  }
}

}  // namespace ttrace
