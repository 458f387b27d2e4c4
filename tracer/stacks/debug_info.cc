#include "tracer/stacks/debug_info.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace ttrace::stacks {
namespace {

constexpr std::size_t kMaxKnown = 4096;

/// The debug file with `build_id` below `root`, or none. It may be the target's: only a regular
/// file that says it is the right one will do.
UniqueFd open_by_build_id(const std::string& root, const std::string& build_id) {
  if (build_id.size() < 4) return {};
  const std::string path = fmt::format("{}/usr/lib/debug/.build-id/{}/{}.debug", root,
                                       build_id.substr(0, 2), build_id.substr(2));
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return {};
  const auto file = ElfFile::from_fd(UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)));
  if (!file || file->build_id() != build_id) return {};
  return fd;
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

// The standard callback looks on this machine's disk and, if DEBUGINFOD_URLS is set, asks there.
int DebugInfo::find_debuginfo(Dwfl_Module* module, void** userdata, const char* name,
                              Dwarf_Addr base, const char* path, const char* link, GElf_Word crc,
                              char** debug_path) {
  const DebugInfo& self = *static_cast<DebugInfo*>(*userdata);
  UniqueFd in_target = open_by_build_id(self.root_, self.file_->build_id());
  if (in_target) return in_target.release();
  return ::dwfl_standard_find_debuginfo(module, userdata, name, base, path, link, crc, debug_path);
}

const Stack& DebugInfo::at(std::uint64_t address) {
  const auto known = known_.find(address);
  if (known != known_.end()) return known->second;
  if (known_.size() >= kMaxKnown) known_.clear();
  return known_[address] = look_up(address);
}

Stack DebugInfo::look_up(std::uint64_t address) {
  Stack frames = frames_by_dwarf(module_, address);
  if (frames.empty()) frames.emplace_back();
  if (auto symbol = symbols_->find(address)) {
    frames.back().function = std::move(symbol->name);
    frames.back().function_offset = address - symbol->start;
  }
  return frames;
}

}  // namespace ttrace::stacks
