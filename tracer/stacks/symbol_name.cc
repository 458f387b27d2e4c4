#include "tracer/stacks/symbol_name.h"

#include <cxxabi.h>
#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace ttrace::stacks {
namespace {

// The demangler's output can be exponentially longer than its input, so that both are bounded.
constexpr std::size_t kMaxMangled = 2048;
constexpr std::size_t kMaxName = 4096;

int binding_rank(unsigned char binding) {
  if (binding == STB_GLOBAL || binding == STB_GNU_UNIQUE) return 0;
  return binding == STB_WEAK ? 1 : 2;
}

}  // namespace

std::string_view without_version(std::string_view name) {
  const std::size_t at = name.find('@');
  return at == 0 ? name : name.substr(0, at);
}

std::tuple<std::size_t, bool, int, std::size_t, std::string_view> rank(const SymbolName& symbol) {
  const std::string_view name = without_version(symbol.name);
  const std::size_t underscores = std::min(name.find_first_not_of('_'), name.size());
  const bool is_private =
      symbol.is_private || symbol.name.find("@GLIBC_PRIVATE") != std::string_view::npos;
  return {underscores, is_private, binding_rank(symbol.binding), name.size(), name};
}

std::string readable(std::string_view name) {
  name = without_version(name).substr(0, kMaxName);
  if (!name.starts_with("_Z") || name.size() > kMaxMangled) return std::string(name);
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status), &std::free);
  if (status != 0 || !text) return std::string(name);
  return std::string(text.get()).substr(0, kMaxName);
}

}  // namespace ttrace::stacks
