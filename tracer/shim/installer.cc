#include "tracer/shim/installer.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "tracer/abi/syscall_table.h"
#include "tracer/engine/ptrace.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/engine/remote_syscall.h"
#include "tracer/intercept/persona.h"
#include "tracer/shim/image.h"

namespace ttrace {
namespace {

struct AuxEntries {
  std::uint64_t vdso = 0;    // AT_SYSINFO_EHDR
  std::uint64_t loader = 0;  // AT_BASE
  RemotePtr sysinfo{0};      // where AT_SYSINFO's value lies; 0: there is none
};

// The new stack holds argc, argv, NULL, envp, NULL, auxv (System V psABI, "Process
// initialization").
class StackReader {
 public:
  StackReader(Pid pid, Abi abi, RemotePtr sp)
      : pid_(pid), word_(abi_info(abi).word_size), at_(sp) {}

  bool next(std::uint64_t& value) {
    if (used_ == filled_) {
      at_ = at_ + filled_;
      filled_ = read_memory_upto(pid_, at_, buffer_.data(), buffer_.size()) / word_ * word_;
      used_ = 0;
      if (filled_ == 0) return false;
    }
    value = 0;
    std::memcpy(&value, buffer_.data() + used_, word_);
    used_ += word_;
    return true;
  }
  /// Where the value that next() gave last lies.
  RemotePtr last() const { return at_ + (used_ - word_); }

 private:
  Pid pid_;
  std::size_t word_;
  RemotePtr at_;
  std::array<char, 4096> buffer_{};
  std::size_t filled_ = 0;
  std::size_t used_ = 0;
};

bool skip_strings(StackReader& stack) {
  std::uint64_t pointer;
  while (stack.next(pointer)) {
    if (pointer == 0) return true;
  }
  return false;
}

AuxEntries read_auxv(Pid pid, Abi abi, RemotePtr sp) {
  constexpr int kMostEntries = 64;
  AuxEntries found;
  StackReader stack(pid, abi, sp);
  std::uint64_t argc;
  if (!stack.next(argc) || !skip_strings(stack) || !skip_strings(stack)) return found;
  std::uint64_t type, value;
  for (int i = 0; i < kMostEntries && stack.next(type) && stack.next(value); ++i) {
    if (type == AT_NULL) break;
    if (type == AT_SYSINFO_EHDR) found.vdso = value;
    if (type == AT_BASE) found.loader = value;
    if (type == AT_SYSINFO) found.sysinfo = stack.last();
  }
  return found;
}

/// Where the image lies in a process, and where its parts are.
struct Placement {
  const ShimImage& image;
  std::uint64_t base;
  std::uint64_t data() const { return base + image.data_offset(); }
};

Result<std::uint64_t> map_image(const Process& process, Pid tid, const Registers& regs,
                                const ShimImage& image, const Vdso& vdso) {
  const bool has_room = vdso.size() - vdso.padding() >= RemoteSyscalls::kRoom;
  RemoteSyscalls remote(process.pid, tid, regs, process.space->vdso + *vdso.syscall_instruction(),
                        has_room ? process.space->vdso + vdso.padding() : RemotePtr{regs.rip});
  const bool narrow = process.abi == Abi::kI386;
  const std::uint64_t size = image.text_size() + image.data_size();
  const auto base = remote.call(
      *syscall_number(process.abi, narrow ? "mmap2" : "mmap"),
      {0, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, ~std::uint64_t{0}, 0});
  // The shim of x86-64 has nothing to write down, and each call here is a stop.
  if (!base || !narrow) return base;
  const auto made_writable = remote.call(
      *syscall_number(process.abi, "mprotect"),
      {*base + image.data_offset(), image.data_size(), PROT_READ | PROT_WRITE, 0, 0, 0});
  if (!made_writable) return made_writable.error();
  return base;
}

std::uint64_t real(const Vdso& vdso, RemotePtr base, const char* name) {
  const VdsoSymbol* const symbol = vdso.find(name);
  return symbol ? raw(base) + symbol->value : 0;
}

// A libc adds the vDSO's base to a symbol's value, so the value becomes the difference from that
// base to the shim, which wraps around.
void redirect_symbols(const MemoryFile& memory, Abi abi, const Vdso& vdso, RemotePtr base,
                      const Placement& shim) {
  static constexpr std::pair<const char*, const char*> kRedirected[] = {
      {"__vdso_clock_gettime", "ttrace_clock_gettime"},
      {"clock_gettime", "ttrace_clock_gettime"},
      {"__vdso_gettimeofday", "ttrace_gettimeofday"},
      {"gettimeofday", "ttrace_gettimeofday"},
      {"__vdso_time", "ttrace_time"},
      {"time", "ttrace_time"},
      {"__vdso_clock_gettime64", "ttrace_clock_gettime64"},
  };
  for (const auto& [name, ours] : kRedirected) {
    const VdsoSymbol* const symbol = vdso.find(name);
    if (!symbol) continue;
    const std::uint64_t value = shim.base + shim.image.symbol(ours) - raw(base);
    (void)memory.write(base + symbol->value_offset, &value, abi_info(abi).word_size);
  }
}

// The shim must not answer calls that the kernel of --kernel does not have: they go on to the real
// entry, and from there to the filter.
void leave_to_the_kernel(std::vector<std::uint8_t>& text, const ShimImage& image,
                         KernelPersona persona) {
  const std::uint64_t bits = image.symbol("handled_calls");
  const std::uint64_t end = image.symbol("handled_calls_end");
  for (const char* const name : refused_calls(persona)) {
    const auto nr = syscall_number(Abi::kI386, name);
    if (!nr || bits + static_cast<std::uint64_t>(raw(*nr)) / 8 >= end) continue;
    text[static_cast<std::size_t>(bits) + static_cast<std::size_t>(raw(*nr)) / 8] &=
        static_cast<std::uint8_t>(~(1u << (raw(*nr) % 8)));
  }
}

// A vDSO from before Linux 5.1 has no such function: without a name nobody finds it.
void hide_clock_gettime64(const MemoryFile& memory, const Vdso& vdso, RemotePtr base) {
  constexpr std::uint32_t kNoName = 0;
  const VdsoSymbol* const symbol = vdso.find("__vdso_clock_gettime64");
  if (!symbol) return;
  const std::uint64_t name_at =
      symbol->value_offset - offsetof(Elf32_Sym, st_value) + offsetof(Elf32_Sym, st_name);
  (void)memory.write(base + name_at, &kNoName, sizeof kNoName);
}

// What a process may not write itself is written past its protection.
template <typename T>
void put(const Process& process, RemotePtr at, const T& value) {
  if (process.abi == Abi::kI386) {
    (void)write_object(process.pid, at, value);
  } else {
    (void)MemoryFile(process.pid).write(at, &value, sizeof value);
  }
}

}  // namespace

shim::Data shim_data(const ShimSettings& settings, const Vdso& vdso, RemotePtr base) {
  shim::Data data{};
  data.version = shim::kProtocolVersion;
  data.cookie = settings.cookie;
  data.shift_files = settings.shift_files;
  data.watch_paths = settings.watch_paths;
  data.clock = settings.clock;
  data.files = settings.files;
  data.real_clock_gettime = real(vdso, base, "__vdso_clock_gettime");
  data.real_clock_gettime64 = real(vdso, base, "__vdso_clock_gettime64");
  data.real_gettimeofday = real(vdso, base, "__vdso_gettimeofday");
  data.real_time = real(vdso, base, "__vdso_time");
  data.real_vsyscall = real(vdso, base, "__kernel_vsyscall");
  return data;
}

const Vdso* ShimInstaller::vdso_of(const Process& process) {
  auto& vdso = vdsos_[process.abi];
  if (!vdso) vdso = Vdso::read(process.pid, process.abi, process.space->vdso);
  return vdso && vdso->syscall_instruction() ? &*vdso : nullptr;
}

void ShimInstaller::install(Tracee& tracee, const ShimSettings& settings) {
  Process& process = *tracee.process;
  const auto regs = get_regs(tracee.tid);
  if (!regs) return;
  process.abi = abi_of(*regs);
  if (!is_traced(process.abi)) {
    process.time_served = kUntracedAbi;
    return;
  }
  const AuxEntries aux = read_auxv(process.pid, process.abi, RemotePtr{regs->rsp});
  process.space->vdso = RemotePtr{aux.vdso};
  process.space->loader = RemotePtr{aux.loader};
  const Vdso* const vdso = aux.vdso ? vdso_of(process) : nullptr;
  if (!vdso) {
    process.time_served = "filter: the kernel gave it no vDSO";
    return;
  }
  const ShimImage& image = ShimImage::of(process.abi);
  const auto base = map_image(process, tracee.tid, *regs, image, *vdso);
  if (!base) {
    process.time_served =
        fmt::format("filter: no room for the shim ({})", strerror(base.error().code));
    return;
  }
  const Placement shim{image, *base};
  const MemoryFile memory(process.pid);
  std::vector<std::uint8_t> text = image.text_at(*base);
  if (process.abi == Abi::kI386) leave_to_the_kernel(text, image, settings.persona);
  const shim::Data data = shim_data(settings, *vdso, process.space->vdso);
  if (!memory.write(RemotePtr{shim.base}, text.data(), text.size()) ||
      !memory.write(RemotePtr{shim.data()}, &data, offsetof(shim::Data, path_cache))) {
    process.time_served = "filter: the shim could not be written";
    return;
  }
  if (process.abi == Abi::kI386 && settings.persona == KernelPersona::kNoTime64) {
    hide_clock_gettime64(memory, *vdso, process.space->vdso);
  }
  redirect_symbols(memory, process.abi, *vdso, process.space->vdso, shim);
  if (raw(aux.sysinfo) != 0 && data.real_vsyscall != 0) {
    const auto entry = static_cast<std::uint32_t>(shim.base + image.symbol("ttrace_vsyscall"));
    (void)memory.write(aux.sysinfo, &entry, sizeof entry);
  }
  process.space->shim = RemotePtr{shim.base};
  process.space->shim_data = RemotePtr{shim.data()};
  process.time_served = "shim";
}

// The order is that of a sequence lock: odd, the change, even. Each write is one store for the
// target, because an aligned word is copied whole.
void ShimInstaller::update_clock(const Process& process, const shim::ClockParams& clock) {
  if (raw(process.space->shim_data) == 0) return;
  const RemotePtr at = process.space->shim_data + offsetof(shim::Data, clock);
  const auto sequence = read_object<std::uint32_t>(process.pid, at);
  if (!sequence) return;
  shim::ClockParams changed = clock;
  changed.sequence = *sequence + 1;
  put(process, at, changed.sequence);
  put(process, at, changed);
  put(process, at, *sequence + 2);
}

void ShimInstaller::use_direct_calls(const Process& process) {
  const RemotePtr data = process.space->shim_data;
  if (process.abi == Abi::kI386) {
    put(process, data + offsetof(shim::Data, real_clock_gettime64), std::uint64_t{0});
  } else {
    put(process, data + offsetof(shim::Data, direct_calls), std::uint32_t{1});
  }
}

bool ShimInstaller::in_vdso(const Process& process, std::uint64_t ip) const {
  const auto found = vdsos_.find(process.abi);
  if (found == vdsos_.end() || !found->second) return false;
  return ip - raw(process.space->vdso) < found->second->size();
}

}  // namespace ttrace
