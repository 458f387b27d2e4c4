#include "preload/library/loader.h"

#include <elf.h>
#include <link.h>

#include "preload/library/system.h"

extern "C" {
// The dynamic loader's; weak, so that a loader without them can load the library all the same.
[[gnu::weak]] extern void* __libc_stack_end;
[[gnu::weak]] extern struct r_debug loader_debug asm("_r_debug");
[[gnu::visibility("hidden")]] extern const char __ehdr_start[];
}

namespace ttrace::preload {
namespace {

/// The dynamic section of one module, as far as a look at its symbols needs it.
struct Symbols {
  unsigned long base = 0;
  const ElfW(Sym) * table = nullptr;
  const char* names = nullptr;
  const u32* gnu_hash = nullptr;
  const ElfW(Half) * versions = nullptr;
};

// glibc adds the base to these entries as it loads a module; the vDSO's it leaves as they are.
template <typename T>
const T* pointer_in(const link_map& module, ElfW(Addr) value) {
  return reinterpret_cast<const T*>(value < module.l_addr ? value + module.l_addr : value);
}

Symbols symbols_of(const link_map& module) {
  Symbols symbols;
  symbols.base = module.l_addr;
  for (const ElfW(Dyn)* entry = module.l_ld; entry && entry->d_tag != DT_NULL; ++entry) {
    const ElfW(Addr) value = entry->d_un.d_ptr;
    if (entry->d_tag == DT_SYMTAB) symbols.table = pointer_in<ElfW(Sym)>(module, value);
    if (entry->d_tag == DT_STRTAB) symbols.names = pointer_in<char>(module, value);
    if (entry->d_tag == DT_GNU_HASH) symbols.gnu_hash = pointer_in<u32>(module, value);
    if (entry->d_tag == DT_VERSYM) symbols.versions = pointer_in<ElfW(Half)>(module, value);
  }
  return symbols;
}

u32 gnu_hash(const char* name) {
  u32 hash = 5381;
  for (; *name; ++name) hash = hash * 33 + static_cast<unsigned char>(*name);
  return hash;
}

unsigned long value_of(const Symbols& in, const ElfW(Sym) & symbol) {
  const unsigned long address = in.base + symbol.st_value;
  if (ELF32_ST_TYPE(symbol.st_info) != STT_GNU_IFUNC) return address;
  return reinterpret_cast<unsigned long (*)()>(address)();
}

// The layout of DT_GNU_HASH: binutils, bfd/elflink.c.
unsigned long find_in(const Symbols& in, const char* name) {
  if (!in.table || !in.names || !in.gnu_hash) return 0;
  const u32 hash = gnu_hash(name);
  const u32 bucket_count = in.gnu_hash[0], first = in.gnu_hash[1], bloom_words = in.gnu_hash[2];
  if (bucket_count == 0) return 0;
  const u32* const buckets = in.gnu_hash + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof(u32));
  const u32* const chain = buckets + bucket_count;
  u32 i = buckets[hash % bucket_count];
  if (i < first) return 0;
  unsigned long hidden = 0;
  for (;; ++i) {
    const u32 entry = chain[i - first];
    const ElfW(Sym)& symbol = in.table[i];
    if ((entry | 1) == (hash | 1) && symbol.st_shndx != SHN_UNDEF &&
        same_text(in.names + symbol.st_name, name)) {
      constexpr ElfW(Half) kHidden = 0x8000;  // not the version that a link would take
      if (!in.versions || !(in.versions[i] & kHidden)) return value_of(in, symbol);
      if (hidden == 0) hidden = value_of(in, symbol);
    }
    if (entry & 1) return hidden;
  }
}

const link_map* modules() { return &loader_debug ? loader_debug.r_map : nullptr; }

bool is_this_library(const link_map& module) {
  return module.l_addr == reinterpret_cast<unsigned long>(__ehdr_start);
}

}  // namespace

const void* const* initial_stack() {
  return &__libc_stack_end ? static_cast<const void* const*>(__libc_stack_end) : nullptr;
}

unsigned long next_function(const char* name) {
  const link_map* module = modules();
  while (module && !is_this_library(*module)) module = module->l_next;
  for (module = module ? module->l_next : nullptr; module; module = module->l_next) {
    if (const unsigned long found = find_in(symbols_of(*module), name)) return found;
  }
  return 0;
}

const char* initial_variable(const char* name) {
  const void* const* at = initial_stack();
  if (!at) return nullptr;
  at += 1 + reinterpret_cast<long>(*at) + 1;  // argc, argv, its end
  for (; *at; ++at) {
    const char* text = static_cast<const char*>(*at);
    const char* wanted = name;
    while (*wanted && *wanted == *text) ++wanted, ++text;
    if (*wanted == '\0' && *text == '=') return text + 1;
  }
  return nullptr;
}

unsigned long module_stamp() {
  unsigned long stamp = 0;
  for (const link_map* module = modules(); module; module = module->l_next) {
    stamp = stamp * 31 + module->l_addr;
  }
  return stamp | 1;
}

}  // namespace ttrace::preload
