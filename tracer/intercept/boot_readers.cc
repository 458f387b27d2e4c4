#include "tracer/intercept/boot_readers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <sstream>
#include <vector>

#include "tracer/base/narrow.h"
#include "tracer/base/unique_fd.h"

namespace ttrace {
namespace {

constexpr std::size_t kMostData = 4 << 20;  // of a program's constants
constexpr std::size_t kMostScript = 256 << 10;
constexpr std::size_t kMostCommandLine = 16 << 10;
constexpr std::size_t kMostPrograms = 4096;

bool holds(std::string_view text, std::string_view word) {
  return memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

class File {
 public:
  explicit File(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat st {};
    regular_ = fd_ && fstat(fd_.get(), &st) == 0 && S_ISREG(st.st_mode);
  }
  int fd() const { return fd_.get(); }

  /// Empty where it is no regular file or cannot be read. Read rather than mapped: the target may
  /// cut its files short at any time.
  std::string read(off_t from, std::size_t most) const {
    if (!regular_) return {};
    std::string text(most, '\0');
    const ssize_t size = pread(fd_.get(), text.data(), most, from);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  UniqueFd fd_;
  bool regular_ = false;
};

/// A section of an ELF file by its name, at most kMostData of it; empty: there is none.
std::string section(const File& file, Elf* elf, const char* name) {
  std::size_t names = 0;
  if (!elf || elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &names)) return {};
  for (Elf_Scn* scn = nullptr; (scn = elf_nextscn(elf, scn)) != nullptr;) {
    GElf_Shdr header;
    if (!gelf_getshdr(scn, &header) || header.sh_type == SHT_NOBITS) continue;
    const char* const found = elf_strptr(elf, names, header.sh_name);
    if (!found || std::strcmp(found, name) != 0) continue;
    return file.read(static_cast<off_t>(header.sh_offset), at_most(kMostData, header.sh_size));
  }
  return {};
}

std::vector<std::string> command_line(Pid pid) {
  const File file(fmt::format("/proc/{}/cmdline", raw(pid)));
  std::istringstream text(file.read(0, kMostCommandLine));
  std::vector<std::string> words;
  for (std::string word; std::getline(text, word, '\0');) words.push_back(word);
  return words;
}

}  // namespace

bool BootReaders::has(Pid pid) {
  const std::string directory = fmt::format("/proc/{}/", raw(pid));
  if (program_does(directory + "exe")) return true;
  const auto words = command_line(pid);
  // The script of an interpreter is its first word that is no option.
  bool looked = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (text_does(word)) return true;
    if (looked || word.empty() || word[0] == '-') continue;
    looked = true;
    const bool absolute = word[0] == '/';
    if (script_does(directory + (absolute ? "root" : "cwd/") + word)) return true;
  }
  return false;
}

// "btime" is what a program looks for in /proc/stat; of those with procps' library, whose text it
// is, only the one that shows the time of boot.
bool BootReaders::program_does(const std::string& exe) {
  struct stat st {};
  if (stat(exe.c_str(), &st)) return false;
  const Identity identity{st.st_dev, st.st_ino, st.st_mtime};
  const auto known = programs_.find(identity);
  if (known != programs_.end()) return known->second;
  if (programs_.size() >= kMostPrograms) programs_.clear();
  elf_version(EV_CURRENT);
  const File file(exe);
  const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_begin(file.fd(), ELF_C_READ, nullptr), elf_end);
  const std::string text = section(file, elf.get(), ".rodata");
  const std::string libraries = section(file, elf.get(), ".dynstr");
  const bool with_procps = holds(libraries, "libproc2.so") || holds(libraries, "libprocps.so");
  bool does = (holds(text, "btime") && holds(text, "/proc/stat")) ||
              (with_procps && holds(text, "boot time"));
  if (uptime_) does = does || with_procps || holds(text, "/proc/uptime");
  return programs_[identity] = does;
}

bool BootReaders::text_does(std::string_view text) const {
  return holds(text, "btime") || holds(text, "/proc/stat") ||
         (uptime_ && holds(text, "/proc/uptime"));
}

bool BootReaders::script_does(const std::string& path) const {
  return text_does(File(path).read(0, kMostScript));
}

}  // namespace ttrace
