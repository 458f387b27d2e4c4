#include "tracer/session/core_writer.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>

#include "tracer/base/narrow.h"
#include "tracer/engine/remote_memory.h"
#include "tracer/session/core_mappings.h"
#include "tracer/session/proc_status.h"

namespace ttrace {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kChunk = 1 << 20;

/// Values at given offsets of a structure, in the width of the target.
class Record {
 public:
  explicit Record(std::size_t size) : bytes_(size) {}
  template <typename T>
  Record& put(std::size_t at, T value) {
    std::memcpy(&bytes_.at(at), &value, sizeof value);
    return *this;
  }
  Record& put_bytes(std::size_t at, const void* from, std::size_t size, std::size_t room) {
    std::memcpy(&bytes_.at(at), from, std::min(size, room));
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

struct Segment {
  CoreMapping mapping;
  std::uint64_t in_core = 0;  // bytes, from the start
};

unsigned flags_of(const CoreMapping& mapping) {
  return (mapping.readable ? PF_R : 0u) | (mapping.writable ? PF_W : 0u) |
         (mapping.executable ? PF_X : 0u);
}

bool is_program(Pid tid, const CoreMapping& mapping) {
  std::array<char, SELFMAG> magic{};
  if (!mapping.in_file() || mapping.offset != 0) return false;
  if (read_memory(tid, RemotePtr{mapping.start}, magic.data(), magic.size()) &&
      std::memcmp(magic.data(), ELFMAG, SELFMAG) == 0) {
    return true;
  }
  struct stat status {};
  const std::string link =
      fmt::format("/proc/{}/map_files/{:x}-{:x}", raw(tid), mapping.start, mapping.end);
  return stat(link.c_str(), &status) == 0 && (status.st_mode & 0111) != 0;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// By a thread: of a process whose main thread has ended the kernel shows no memory.
std::vector<Segment> segments_of(Pid tid) {
  const unsigned filter = coredump_filter(tid);
  std::vector<Segment> segments;
  for (CoreMapping& mapping : parse_smaps(text_of(fmt::format("/proc/{}/smaps", raw(tid))))) {
    const std::uint64_t size = size_in_core(mapping, filter, is_program(tid, mapping));
    segments.push_back({std::move(mapping), size});
  }
  return segments;
}

void pad(Bytes& bytes) {
  while (bytes.size() % 4 != 0) bytes.push_back(0);
}

void add_note(Bytes& notes, const char* owner, std::uint32_t type, const Bytes& content) {
  const std::uint32_t header[] = {static_cast<std::uint32_t>(std::strlen(owner) + 1),
                                  static_cast<std::uint32_t>(content.size()), type};
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(header);
  notes.insert(notes.end(), begin, begin + sizeof header);
  notes.insert(notes.end(), owner, owner + header[0]);
  pad(notes);
  notes.insert(notes.end(), content.begin(), content.end());
  pad(notes);
}

// struct elf_prstatus (linux/elfcore.h) in both widths.
Bytes status_note(const ThreadRegisters& thread, Pid pid, int signal, bool narrow) {
  Record record(narrow ? 144 : 336);
  record.put(0, signal).put(12, static_cast<std::int16_t>(signal));
  record.put(narrow ? 24 : 32, static_cast<std::int32_t>(raw(thread.tid)));
  record.put(narrow ? 28 : 36, static_cast<std::int32_t>(raw(pid)));
  record.put_bytes(narrow ? 72 : 112, thread.general.data(), thread.general.size(),
                   narrow ? 68 : 216);
  record.put(narrow ? 140 : 328, std::int32_t{1});
  return record.bytes();
}

Bytes file_bytes(const std::string& path) {
  const std::string text = text_of(path);
  return {text.begin(), text.end()};
}

// struct elf_prpsinfo.
Bytes process_note(const Process& process, bool narrow) {
  const ProcStatus status = read_status(process.pid).value_or(ProcStatus{});
  Bytes args = file_bytes(fmt::format("/proc/{}/cmdline", raw(process.pid)));
  std::replace(args.begin(), args.end(), std::uint8_t{0}, std::uint8_t{' '});
  Record record(narrow ? 124 : 136);
  record.put(1, 'R');
  if (narrow) {
    record.put(8, static_cast<std::uint16_t>(status.real_uid));
    record.put(10, static_cast<std::uint16_t>(status.real_gid));
  } else {
    record.put(16, status.real_uid).put(20, status.real_gid);
  }
  record.put(narrow ? 12 : 24, static_cast<std::int32_t>(raw(process.pid)));
  record.put_bytes(narrow ? 28 : 40, process.comm.data(), process.comm.size(), 15);
  record.put_bytes(narrow ? 44 : 56, args.data(), args.size(), 79);
  return record.bytes();
}

template <typename Word>
Bytes files_note(const std::vector<Segment>& segments) {
  std::vector<Word> words{0, static_cast<Word>(kPage)};
  Bytes names;
  for (const auto& [mapping, size] : segments) {
    if (!mapping.in_file()) continue;
    ++words[0];
    words.insert(words.end(), {static_cast<Word>(mapping.start), static_cast<Word>(mapping.end),
                               static_cast<Word>(mapping.offset / kPage)});
    names.insert(names.end(), mapping.name.begin(), mapping.name.end());
    names.push_back(0);
  }
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(words.data());
  Bytes note(begin, begin + words.size() * sizeof(Word));
  note.insert(note.end(), names.begin(), names.end());
  return note;
}

Bytes notes_of(const Process& process, const std::vector<ThreadRegisters>& threads,
               const siginfo_t& info, const std::vector<Segment>& segments) {
  const bool narrow = process.abi == Abi::kI386;
  Bytes notes;
  bool first = true;
  for (const ThreadRegisters& thread : threads) {
    add_note(notes, "CORE", NT_PRSTATUS,
             status_note(thread, process.pid, first ? info.si_signo : 0, narrow));
    if (first) {
      add_note(notes, "CORE", NT_PRPSINFO, process_note(process, narrow));
      const auto* const raw_info = reinterpret_cast<const std::uint8_t*>(&info);
      // The layout differs for i386, whose readers do without.
      if (!narrow) add_note(notes, "CORE", NT_SIGINFO, {raw_info, raw_info + sizeof info});
      add_note(notes, "CORE", NT_AUXV, file_bytes(fmt::format("/proc/{}/auxv", raw(process.pid))));
      add_note(notes, "CORE", NT_FILE,
               narrow ? files_note<std::uint32_t>(segments) : files_note<std::uint64_t>(segments));
    }
    if (!thread.floating.empty()) add_note(notes, "CORE", NT_FPREGSET, thread.floating);
    first = false;
  }
  return notes;
}

template <typename Ehdr, typename Phdr>
Bytes headers_of(const std::vector<Segment>& segments, std::size_t notes, unsigned char elf_class,
                 std::uint16_t machine, std::uint64_t& data_at) {
  Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = elf_class;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_CORE;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Phdr);
  header.e_phnum = static_cast<std::uint16_t>(segments.size() + 1);
  std::vector<Phdr> table(segments.size() + 1);
  const std::uint64_t notes_at = sizeof header + table.size() * sizeof(Phdr);
  using Offset = decltype(table[0].p_offset);
  table[0].p_type = PT_NOTE;
  table[0].p_offset = static_cast<Offset>(notes_at);
  table[0].p_filesz = static_cast<Offset>(notes);
  table[0].p_align = 4;
  data_at = (notes_at + notes + kPage - 1) / kPage * kPage;
  std::uint64_t at = data_at;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    Phdr& entry = table[i + 1];
    entry.p_type = PT_LOAD;
    entry.p_offset = static_cast<Offset>(at);
    entry.p_vaddr = static_cast<Offset>(segments[i].mapping.start);
    entry.p_filesz = static_cast<Offset>(segments[i].in_core);
    entry.p_memsz = static_cast<Offset>(segments[i].mapping.end - segments[i].mapping.start);
    entry.p_flags = flags_of(segments[i].mapping);
    entry.p_align = kPage;
    at += segments[i].in_core;
  }
  Bytes bytes(sizeof header + table.size() * sizeof(Phdr));
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, table.data(), table.size() * sizeof(Phdr));
  return bytes;
}

bool put(int fd, std::uint64_t at, const void* bytes, std::size_t size) {
  return pwrite(fd, bytes, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
}

// What cannot be read is left as zeros.
bool copy_memory(Pid pid, const Segment& segment, int fd, std::uint64_t at) {
  Bytes chunk(kChunk);
  for (std::uint64_t done = 0; done < segment.in_core;) {
    const std::size_t want = at_most(kChunk, segment.in_core - done);
    const std::size_t got =
        read_memory_upto(pid, RemotePtr{segment.mapping.start + done}, chunk.data(), want);
    if (got > 0 && !put(fd, at + done, chunk.data(), got)) return false;
    done += got == want ? want : (got / kPage + 1) * kPage;
  }
  return true;
}

Bytes register_set(Pid tid, unsigned kind) {
  Bytes bytes(4096);
  iovec vector{bytes.data(), bytes.size()};
  if (ptrace(PTRACE_GETREGSET, raw(tid), kind, &vector) == -1) return {};
  bytes.resize(vector.iov_len);
  return bytes;
}

}  // namespace

ThreadRegisters read_registers(Pid tid) {
  return {tid, register_set(tid, NT_PRSTATUS), register_set(tid, NT_FPREGSET)};
}

std::uint64_t write_core(const Process& process, const std::vector<ThreadRegisters>& threads,
                         const siginfo_t& info, int fd) {
  const auto segments = segments_of(threads.front().tid);
  const Bytes notes = notes_of(process, threads, info, segments);
  std::uint64_t at = 0;
  const Bytes headers =
      process.abi == Abi::kI386
          ? headers_of<Elf32_Ehdr, Elf32_Phdr>(segments, notes.size(), ELFCLASS32, EM_386, at)
          : headers_of<Elf64_Ehdr, Elf64_Phdr>(segments, notes.size(), ELFCLASS64, EM_X86_64, at);
  if (!put(fd, 0, headers.data(), headers.size())) return 0;
  if (!put(fd, headers.size(), notes.data(), notes.size())) return 0;
  for (const Segment& segment : segments) {
    if (!copy_memory(process.pid, segment, fd, at)) return 0;
    at += segment.in_core;
  }
  return ftruncate(fd, static_cast<off_t>(at)) == 0 ? at : 0;
}

}  // namespace ttrace
