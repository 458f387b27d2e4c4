// The part of Unwinder that tells libdwfl about modules, each when a stack first leads to it.
#include <algorithm>
#include <cstdlib>

#include "tracer/stacks/unwinder.h"

namespace ttrace::stacks {
namespace {

constexpr std::size_t kMaxCfiKnown = 8192;

bool describes(Dwarf_CFI* cfi, Dwarf_Addr address) {
  Dwarf_Frame* frame = nullptr;
  if (cfi == nullptr || ::dwarf_cfi_addrframe(cfi, address, &frame) != 0) return false;
  std::free(frame);
  return true;
}

}  // namespace

// Modules that overlap break invariants which libdwfl asserts, and the headers of the target's
// files say where they reach: what overlaps a module known already is left out.
void Unwinder::report(std::uint64_t address) {
  const auto holds = [&](const auto& range) {
    return address >= range.first && address < range.second;
  };
  if (std::any_of(reported_.begin(), reported_.end(), holds)) return;
  const auto place = space_.locate(address);
  if (!place || !place->file) return;
  const std::uint64_t low = place->bias + place->file->low();
  const std::uint64_t high = place->bias + place->file->high();
  if (address < low || address >= high) return;
  for (const auto& [start, end] : reported_) {
    if (low < end && start < high) return;
  }
  reported_.emplace_back(low, high);
  files_.push_back(place->file);
  ::dwfl_report_begin_add(dwfl_);
  Dwfl_Module* module = ::dwfl_report_module(dwfl_, place->name.c_str(), low, high);
  void** userdata = nullptr;
  if (module != nullptr) {
    ::dwfl_module_info(module, &userdata, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
    *userdata = place->file.get();
  }
  ::dwfl_report_end(dwfl_, nullptr, nullptr);
}

bool Unwinder::has_cfi(std::uint64_t address) {
  const auto known = cfi_known_.find(address);
  if (known != cfi_known_.end()) return known->second;
  if (cfi_known_.size() >= kMaxCfiKnown) cfi_known_.clear();
  return cfi_known_[address] = look_for_cfi(address);
}

bool Unwinder::look_for_cfi(std::uint64_t address) {
  Dwfl_Module* module = ::dwfl_addrmodule(dwfl_, address);
  if (module == nullptr) return false;
  Dwarf_Addr bias = 0;
  Dwarf_CFI* cfi = ::dwfl_module_eh_cfi(module, &bias);
  if (describes(cfi, address - bias)) return true;
  cfi = ::dwfl_module_dwarf_cfi(module, &bias);
  return describes(cfi, address - bias);
}

}  // namespace ttrace::stacks
