#include "tracer/audit/elf/call_graph.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>

#include "tracer/audit/elf/byte_scan.h"
#include "tracer/audit/elf/call_sites.h"
#include "tracer/audit/elf/code_map.h"
#include "tracer/audit/elf/raw_calls.h"

namespace ttrace::audit {
namespace {

constexpr std::uint64_t kMaxData = 64U << 20;
constexpr std::uint32_t kClockGettime = 265;  // its number for i386

/// What one function reaches, or what reaches it.
class Spread {
 public:
  explicit Spread(std::size_t size) : reached_(size) {}
  void reach(std::size_t function) {
    if (function == CodeMap::kNone || reached_[function]) return;
    reached_[function] = true;
    pending_.push_back(function);
  }
  template <typename Next>
  void follow(Next next) {
    while (!pending_.empty()) {
      const std::size_t function = pending_.back();
      pending_.pop_back();
      for (const std::size_t other : next(function)) reach(other);
    }
  }
  bool has(std::size_t function) const { return reached_[function]; }

 private:
  std::vector<bool> reached_;
  std::vector<std::size_t> pending_;
};

/// Which functions may ever run: those that are reached, directly or by a pointer, from where the
/// loader or another file enters. Whatever is not sure counts as reached.
class Liveness {
 public:
  Liveness(const ElfImage& image, const DynamicInfo& dynamic, const CodeMap& code)
      : image_(image), dynamic_(dynamic), code_(code), live_(code.size()) {
    known_ =
        image.machine().code == EM_386 && code.knows_functions() && !dynamic.packed_relocations;
    if (!known_) return;
    enter();
    take_pointers();
    const Neighbours callees = code_.callees();
    live_.follow([&](std::size_t function) { return callees[function]; });
  }

  bool is_live(std::size_t function) const {
    return !known_ || function == CodeMap::kNone || live_.has(function);
  }

 private:
  void reach(std::uint64_t address) {
    if (code_.is_code(address)) live_.reach(code_.function_of(address));
  }

  void enter() {
    reach(image_.header().e_entry);
    for (const std::uint64_t address : dynamic_.entries) reach(address);
    for (const DynamicSymbol& symbol : dynamic_.symbols) {
      if (symbol.defined && symbol.is_function) reach(symbol.value);
    }
  }

  void take_pointers() {
    for (const std::uint64_t target : relative_targets(image_, dynamic_)) reach(target);
    if (image_.header().e_type != ET_EXEC) return;
    for (const GElf_Phdr& s : image_.segments()) {
      if (s.p_type == PT_LOAD && s.p_filesz <= kMaxData)
        take_words(image_.bytes(s.p_offset, s.p_filesz), (s.p_flags & PF_X) != 0 ? 1 : 4);
    }
  }

  /// A program at a fixed address names its functions by plain words, in data and in code.
  void take_words(std::string_view bytes, std::size_t step) {
    const Range wanted = code_.limits();
    const auto may_be_one = [&](const char* at) {
      return Sixteen(at + 3).between(wanted.first >> 24, wanted.last >> 24);
    };
    const std::size_t end = bytes.size() < 4 ? 0 : bytes.size() - 3;
    for_matches(bytes, end, may_be_one, [&](std::size_t i) {
      std::uint32_t word = 0;
      std::memcpy(&word, bytes.data() + i, sizeof word);
      if (i % step == 0) reach(word);
    });
  }

  const ElfImage& image_;
  const DynamicInfo& dynamic_;
  const CodeMap& code_;
  Spread live_;
  bool known_ = false;
};

/// Calls whose constant arguments tell that no date is in play.
struct Telling {
  std::string_view import;
  std::size_t argument;
  Harmless why;
  bool (*is_harmless)(std::uint32_t value);
};

// linux/time.h: CLOCK_MONOTONIC, both CPU times, MONOTONIC_RAW, MONOTONIC_COARSE, BOOTTIME and
// BOOTTIME_ALARM.
bool is_undated_clock(std::uint32_t clock) {
  return (clock >= 1 && clock <= 4) || clock == 6 || clock == 7 || clock == 9;
}
bool has_no_flag(std::uint32_t flags) { return flags == 0; }  // TIMER_ABSTIME is 1

constexpr std::array kTelling = {
    Telling{"clock_gettime", 0, Harmless::kMonotonic, is_undated_clock},
    Telling{"__clock_gettime", 0, Harmless::kMonotonic, is_undated_clock},
    Telling{"timer_settime", 1, Harmless::kRelative, has_no_flag},
    Telling{"timerfd_settime", 1, Harmless::kRelative, has_no_flag},
    Telling{"clock_nanosleep", 1, Harmless::kRelative, has_no_flag},
    Telling{"clock_nanosleep", 0, Harmless::kMonotonic, is_undated_clock},
};

class Follower {
 public:
  Follower(const ElfImage& image, const DynamicInfo& dynamic)
      : reads_sites_(image.machine().code == EM_386),
        dynamic_(dynamic),
        code_(image, dynamic),
        liveness_(image, dynamic, code_) {}

  CodeFacts facts(const std::vector<std::string_view>& calls) {
    CodeFacts facts;
    for (const DynamicSymbol& symbol : dynamic_.symbols) {
      if (symbol.defined) continue;
      const Harmless why = harmless(symbol.name);
      if (why != Harmless::kNo) facts.harmless.push_back({symbol.name, why});
    }
    if (!calls.empty()) callers_ = code_.callers();
    for (const std::string_view import : calls) add_leads(import, facts.leads);
    facts.raw_calls = raw_calls();
    return facts;
  }

 private:
  std::vector<std::uint32_t> raw_calls() const {
    std::set<std::uint32_t> numbers;
    const auto add = [&](std::uint32_t number, std::optional<std::uint32_t> first) {
      if (find_raw_call_i386(number) == nullptr) return;
      if (number != kClockGettime || !first || !is_undated_clock(*first)) numbers.insert(number);
    };
    for (const CodeMap::Site& site : code_.sites("syscall")) {
      if (!liveness_.is_live(site.function)) continue;
      const auto call = look_at(site);
      if (call && call->arguments[0]) add(*call->arguments[0], call->arguments[1]);
    }
    if (reads_sites_)
      code_.for_code([&](std::string_view bytes, std::uint64_t address) {
        for (const std::size_t offset : raw_call_places_i386(bytes)) {
          const std::size_t function = code_.function_of(address + offset);
          if (function == CodeMap::kNone || !liveness_.is_live(function)) continue;
          const auto entry =
              read_kernel_entry(code_.bytes(function), code_.start(function), address + offset);
          if (entry) add(entry->number, entry->first);
        }
      });
    return {numbers.begin(), numbers.end()};
  }

  Harmless harmless(std::string_view import) {
    const Harmless why = harmless_calls(import);
    return why != Harmless::kNo && code_.is_pointed_to(import) ? Harmless::kNo : why;
  }

  Harmless harmless_calls(std::string_view import) const {
    const auto& sites = code_.sites(import);
    if (!reads_sites_ || sites.empty()) return Harmless::kNo;
    const auto is_dead = [this](const CodeMap::Site& site) {
      return !liveness_.is_live(site.function);
    };
    if (std::all_of(sites.begin(), sites.end(), is_dead)) return Harmless::kUnreached;
    for (const Telling& telling : kTelling) {
      if (telling.import == import &&
          std::all_of(sites.begin(), sites.end(), [&](const CodeMap::Site& site) {
            return is_dead(site) || is_harmless(site, telling);
          }))
        return telling.why;
    }
    return Harmless::kNo;
  }

  std::optional<CallSite> look_at(const CodeMap::Site& site) const {
    if (!reads_sites_ || site.function == CodeMap::kNone) return std::nullopt;
    return read_call_site(code_.bytes(site.function), code_.start(site.function), site.place);
  }

  bool is_harmless(const CodeMap::Site& site, const Telling& telling) const {
    const auto call = look_at(site);
    const auto value = call ? call->arguments.at(telling.argument) : std::nullopt;
    return value && telling.is_harmless(*value);
  }

  /// By any of the arguments that tell.
  bool is_harmless(const CodeMap::Site& site, std::string_view import) const {
    return std::any_of(kTelling.begin(), kTelling.end(), [&](const Telling& telling) {
      return telling.import == import && is_harmless(site, telling);
    });
  }

  void add_leads(std::string_view import, std::vector<Lead>& leads) const {
    Spread leading(code_.size());
    std::map<std::size_t, bool> makers;  // functions that call it → whether they heed how it ends
    for (const CodeMap::Site& site : code_.sites(import)) {
      if (is_harmless(site, import)) continue;
      leading.reach(site.function);
      const auto call = look_at(site);
      makers[site.function] = makers[site.function] || (call && call->heeded);
    }
    leading.follow([this](std::size_t function) { return callers_[function]; });
    std::map<std::string_view, bool> entries;
    for (const DynamicSymbol& symbol : dynamic_.symbols) {
      if (!symbol.defined || !symbol.is_function) continue;
      const std::size_t function = code_.function_at(symbol.value);
      if (function == CodeMap::kNone || !leading.has(function)) continue;
      const auto maker = makers.find(function);
      entries[symbol.name] |= maker != makers.end() && maker->second;
    }
    for (const auto& [entry, fails_with] : entries) leads.push_back({entry, import, fails_with});
  }

  bool reads_sites_;
  const DynamicInfo& dynamic_;
  CodeMap code_;
  Liveness liveness_;
  Neighbours callers_;
};

}  // namespace

std::optional<CodeFacts> follow_code(const ElfImage& image, const DynamicInfo& dynamic,
                                     const std::vector<std::string_view>& calls) {
  const Machine& machine = image.machine();
  const bool follows = machine.code == EM_386 || (machine.code == EM_ARM && !machine.big_endian);
  if (!follows || machine.bits != 32) return std::nullopt;
  return Follower(image, dynamic).facts(calls);
}

}  // namespace ttrace::audit
