// All libraries that an audit knows, as far as the second pass needs them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tracer/audit/link/library_search.h"
#include "tracer/audit/place.h"
#include "tracer/audit/store/store.h"

namespace ttrace::audit {

/// One ELF file as the linker sees it.
struct LinkFile {
  std::int64_t id = 0;
  std::size_t place = 0;  // index of its tree
  std::string path;       // in its tree
  Kind kind = Kind::kLibrary;
  std::string machine;
  TimeBits time_bits = TimeBits::kUnknown;
  std::string soname, rpath, runpath;
  std::vector<std::string> needed;
  std::vector<std::string> imports;
  std::vector<Finding> bad;           // its own errors and warnings that come from calls
  std::vector<std::string> time_abi;  // exported functions with a time_t in their signature
  bool leads_known = false;           // its code was followed
  struct Lead {
    std::string call;
    bool fails_with = false;  // the function makes the call itself, and heeds how it ends
  };
  std::multimap<std::string, Lead, std::less<>> leads;  // by exported function: to bad calls
  std::vector<std::uint64_t> exports;                   // hashes of names, sorted

  bool defines(std::uint64_t hash) const;
};

class LibrarySet {
 public:
  explicit LibrarySet(Store& store);

  /// The library that `file` gets for one DT_NEEDED; null: there is none in its root.
  const LinkFile* resolve(const LinkFile& file, const std::string& name);

  /// Reads one row of either; the row's libraries are not looked up yet.
  static LinkFile read(const Statement& row, const std::map<std::int64_t, std::size_t>& trees);
  static const char* const kSelectUser;     // without what only a library has
  static const char* const kSelectLibrary;  // without its imports

  const std::map<std::int64_t, std::size_t>& trees() const { return trees_; }
  const std::vector<Place>& places() const { return places_; }
  const LinkFile* find(std::size_t place, const std::string& path) const;
  const LibrarySearch& search(std::size_t place);
  void read_own_findings(LinkFile& file);

 private:
  const LinkFile* add_from_disk(std::size_t place, const std::string& on_machine);
  const LinkFile* keep(LinkFile file);

  Store& store_;
  std::vector<Place> places_;
  std::map<std::int64_t, std::size_t> trees_;  // row → index of places_
  std::unordered_map<std::string, std::unique_ptr<LinkFile>> libraries_;  // by place and path
  std::map<std::pair<std::size_t, std::string>, std::vector<const LinkFile*>> by_soname_;
  std::map<std::string, std::vector<const LinkFile*>> in_archives_;  // by soname, of all packages
  std::map<std::string, std::unique_ptr<LibrarySearch>> searches_;   // by root
  std::unordered_map<std::string, const LinkFile*> resolved_;
  Statement own_findings_;
};

/// Of a name that is exported or imported; the same throughout one run.
std::uint64_t name_hash(std::string_view name);

}  // namespace ttrace::audit
