#include "tracer/stacks/debug_info.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string_view>

#include "tracer/stacks/dwarf_sanity.h"

namespace ttrace::stacks {
namespace {

constexpr std::size_t kMaxKnown = 4096;

/// A regular ELF file with `build_id`, or none. It may be the target's own.
UniqueFd open_debug_file(const std::string& path, const std::string& build_id) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return {};
  const auto file = ElfFile::from_fd(UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)));
  return file && file->build_id() == build_id ? std::move(fd) : UniqueFd();
}

bool holds_dwarf(int fd) {
  Dwarf* dwarf = ::dwarf_begin(fd, DWARF_C_READ);
  ::dwarf_end(dwarf);
  return dwarf != nullptr;
}

/// libdwfl also asks for the file that several debug files share (dwz(1)); only the name it passes
/// tells the two questions apart.
bool asks_for_shared_file(Elf* elf, const char* link) {
  GElf_Word crc = 0;
  const char* own = ::dwelf_elf_gnu_debuglink(elf, &crc);
  return link != nullptr && (own == nullptr || std::string_view(own) != link);
}

bool may_ask_debuginfod() {
  const char* urls = std::getenv("DEBUGINFOD_URLS");
  return urls != nullptr && *urls != '\0';
}

}  // namespace

const Dwfl_Callbacks DebugInfo::kCallbacks{find_elf, find_debuginfo, nullptr, nullptr};

DebugInfo::DebugInfo(std::shared_ptr<ElfFile> file, std::string root)
    : file_(std::move(file)), root_(std::move(root)) {}

DebugInfo::~DebugInfo() {
  if (dwfl_ != nullptr) ::dwfl_end(dwfl_);
}

std::unique_ptr<DebugInfo> DebugInfo::open(std::shared_ptr<ElfFile> file, std::string root) {
  std::unique_ptr<DebugInfo> info(new DebugInfo(std::move(file), std::move(root)));
  return info->report() ? std::move(info) : nullptr;
}

bool DebugInfo::report() {
  dwfl_ = ::dwfl_begin(&kCallbacks);
  if (dwfl_ == nullptr) return false;
  ::dwfl_report_begin_add(dwfl_);
  module_ = ::dwfl_report_module(dwfl_, "file", file_->low(), file_->high());
  if (module_ == nullptr) return false;
  void** userdata = nullptr;
  ::dwfl_module_info(module_, &userdata, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
  *userdata = this;
  ::dwfl_report_end(dwfl_, nullptr, nullptr);
  symbols_.emplace(module_, file_->low(), file_->high());
  return true;
}

int DebugInfo::find_elf(Dwfl_Module*, void** userdata, const char*, Dwarf_Addr, char**, Elf** elf) {
  *elf = static_cast<DebugInfo*>(*userdata)->file_->share();
  return -1;
}

// Without DEBUGINFOD_URLS the standard callback would still load libdebuginfod, libcurl and OpenSSL
// (20 ms) to be told that there is nobody to ask.
int DebugInfo::find_debuginfo(Dwfl_Module* module, void** userdata, const char* name,
                              Dwarf_Addr base, const char* path, const char* link, GElf_Word crc,
                              char** debug_path) {
  DebugInfo& self = *static_cast<DebugInfo*>(*userdata);
  const bool shared = asks_for_shared_file(self.file_->elf(), link);
  UniqueFd fd = shared ? self.open_shared(module) : self.open_separate();
  const bool by_build_id = !self.file_->build_id().empty() && !may_ask_debuginfod();
  const auto find = by_build_id ? ::dwfl_build_id_find_debuginfo : ::dwfl_standard_find_debuginfo;
  if (!fd) fd = UniqueFd(find(module, userdata, name, base, path, link, crc, debug_path));
  if (shared) self.shared_attached_ = fd && holds_dwarf(fd.get());
  return fd.release();
}

UniqueFd DebugInfo::open_separate() const {
  const std::string& id = file_->build_id();
  if (id.size() < 4) return {};
  return open_debug_file(
      fmt::format("{}/usr/lib/debug/.build-id/{}/{}.debug", root_, id.substr(0, 2), id.substr(2)),
      id);
}

UniqueFd DebugInfo::open_shared(Dwfl_Module* module) const {
  Dwarf_Addr bias = 0;
  Dwarf* dwarf = ::dwfl_module_getdwarf(module, &bias);
  const char* path = nullptr;
  const void* id = nullptr;
  const ssize_t size = dwarf == nullptr ? 0 : ::dwelf_dwarf_gnu_debugaltlink(dwarf, &path, &id);
  if (size <= 0 || path == nullptr || *path != '/') return {};
  return open_debug_file(root_ + path, build_id_text(id, static_cast<std::size_t>(size)));
}

const Stack& DebugInfo::at(std::uint64_t address) {
  const auto known = known_.find(address);
  if (known != known_.end()) return known->second;
  if (known_.size() >= kMaxKnown) known_.clear();
  return known_[address] = look_up(address);
}

Stack DebugInfo::look_up(std::uint64_t address) {
  Stack frames;
  if (dwarf_usable()) frames = frames_by_dwarf(module_, address);
  if (frames.empty()) frames.emplace_back();
  if (auto symbol = symbols_->find(address)) {
    frames.back().function = std::move(symbol->name);
    frames.back().function_offset = address - symbol->start;
  }
  return frames;
}

bool DebugInfo::dwarf_usable() {
  if (!dwarf_usable_) {
    Dwarf_Addr bias = 0;
    Dwarf* dwarf = ::dwfl_module_getdwarf(module_, &bias);
    dwarf_usable_ = dwarf != nullptr && is_safe(dwarf, shared_attached_);
  }
  return *dwarf_usable_;
}

}  // namespace ttrace::stacks
