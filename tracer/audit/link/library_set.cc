#include "tracer/audit/link/library_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "tracer/audit/inspect.h"

namespace ttrace::audit {
namespace {

std::string key_of(std::size_t place, std::string_view path) {
  return fmt::format("{}:{}", place, path);
}

bool comes_from_call(const Finding& finding) {
  return finding.level != Level::kNote && finding.id != "audit.utmp" &&
         finding.id != "audit.abi-time";
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

void read_leads(std::string_view text, LinkFile& file) {
  for (const std::string& line : lines_of(text)) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) {
      file.leads_known = true;  // the first line, "*": the code was followed
    } else {
      const std::size_t end = line.find(' ', space + 1);
      file.leads.emplace(line.substr(0, space),
                         LinkFile::Lead{line.substr(space + 1, end - space - 1),
                                        end != std::string::npos && line.substr(end) == " fails"});
    }
  }
}

const LinkFile* of_machine(const std::vector<const LinkFile*>& files, const std::string& machine) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const LinkFile* file) { return file->machine == machine; });
  return found == files.end() ? nullptr : *found;
}

}  // namespace

std::uint64_t name_hash(std::string_view name) { return std::hash<std::string_view>()(name); }

bool LinkFile::defines(std::uint64_t hash) const {
  return std::binary_search(exports.begin(), exports.end(), hash);
}

// What is large is read where it is used only: of what uses libraries, what it imports; of
// libraries, what they export.
const char* const LibrarySet::kSelectUser =
    "SELECT id, tree, path, kind, machine, time_bits, soname, rpath, runpath, needed, imports, "
    "'', '', '' FROM file ";
const char* const LibrarySet::kSelectLibrary =
    "SELECT id, tree, path, kind, machine, time_bits, soname, rpath, runpath, needed, '', "
    "exports, leads, time_abi FROM file ";

LinkFile LibrarySet::read(const Statement& row, const std::map<std::int64_t, std::size_t>& trees) {
  LinkFile file;
  file.id = row.number(0);
  file.place = trees.at(row.number(1));
  file.path = row.text(2);
  file.kind = kind_of(row.text(3));
  file.machine = row.text(4);
  file.time_bits = time_bits_of(row.text(5));
  file.soname = row.text(6);
  file.rpath = row.text(7);
  file.runpath = row.text(8);
  file.needed = lines_of(row.text(9));
  file.imports = lines_of(row.text(10));
  for_lines(row.text(11), [&](std::string_view name) { file.exports.push_back(name_hash(name)); });
  std::sort(file.exports.begin(), file.exports.end());
  read_leads(row.text(12), file);
  file.time_abi = lines_of(row.text(13));
  return file;
}

LibrarySet::LibrarySet(Store& store)
    : store_(store),
      own_findings_(store.database(),
                    "SELECT id, level, symbol FROM finding "
                    "WHERE file = ? AND pass = 'static'") {
  Statement rows(store.database(), "SELECT id, path, kind, root FROM tree ORDER BY id");
  while (rows.step()) {
    Place place;
    place.row = rows.number(0);
    place.tree.path = rows.text(1);
    place.tree.kind = rows.text(2);
    place.root = rows.text(3);
    trees_[place.row] = places_.size();
    places_.push_back(std::move(place));
  }
  Statement files(store.database(), std::string(kSelectLibrary).append("WHERE kind = 'library'"));
  while (files.step()) keep(read(files, trees_));
}

void LibrarySet::read_own_findings(LinkFile& file) {
  own_findings_.reset();
  own_findings_ << file.id;
  while (own_findings_.step()) {
    Finding finding;
    finding.id = own_findings_.text(0);
    finding.level = level_of(own_findings_.text(1));
    finding.symbol = own_findings_.text(2);
    if (comes_from_call(finding)) file.bad.push_back(std::move(finding));
  }
  own_findings_.reset();
}

const LinkFile* LibrarySet::keep(LinkFile file) {
  read_own_findings(file);
  const std::string key = key_of(file.place, file.path);
  auto& kept = libraries_[key];
  kept = std::make_unique<LinkFile>(std::move(file));
  const std::string name =
      kept->soname.empty() ? kept->path.substr(kept->path.rfind('/') + 1) : kept->soname;
  by_soname_[{kept->place, name}].push_back(kept.get());
  if (places_[kept->place].tree.kind == "archive") in_archives_[name].push_back(kept.get());
  return kept.get();
}

const LinkFile* LibrarySet::find(std::size_t place, const std::string& path) const {
  const auto found = libraries_.find(key_of(place, path));
  return found == libraries_.end() ? nullptr : found->second.get();
}

const LibrarySearch& LibrarySet::search(std::size_t place) {
  auto& search = searches_[places_[place].root];
  if (!search) search = std::make_unique<LibrarySearch>(places_[place].root);
  return *search;
}

// One that the user did not ask for: outside of the directory, or of another shard.
const LinkFile* LibrarySet::add_from_disk(std::size_t place, const std::string& on_machine) {
  auto facts = inspect(on_machine, places_[place].root, false);
  if (!facts || facts->file.kind != Kind::kLibrary) return nullptr;
  facts->file.path = places_[place].in_tree(on_machine);
  const std::string path = facts->file.path;
  store_.write({{std::move(*facts), places_[place].row, 0, false}});
  Statement select(store_.database(),
                   std::string(kSelectLibrary).append("WHERE tree = ? AND path = ?"));
  select << places_[place].row << path;
  return select.step() ? keep(read(select, trees_)) : nullptr;
}

const LinkFile* LibrarySet::resolve(const LinkFile& file, const std::string& name) {
  const std::string directory = directory_of(file.path);
  const bool own_path = !file.rpath.empty() || !file.runpath.empty();
  const std::string key = fmt::format("{}:{}:{}:{}", file.place, file.machine, name,
                                      own_path ? directory + file.rpath + file.runpath : "");
  const auto known = resolved_.find(key);
  if (known != resolved_.end()) return known->second;
  const LinkFile* found = nullptr;
  const Place& place = places_[file.place];
  if (place.tree.kind == "archive" || !search(file.place).is_here()) {
    found = of_machine(by_soname_[{file.place, name}], file.machine);
    // Packages that are audited together are meant to be installed together.
    if (found == nullptr && place.tree.kind == "archive")
      found = of_machine(in_archives_[name], file.machine);
    return resolved_[key] = found;
  }
  const std::string in_root = place.tree.kind == "root"
                                  ? directory
                                  : directory.substr(std::min(place.root.size(), directory.size()));
  const auto suits = [&](const std::string& path) {
    const LinkFile* candidate = find(file.place, place.in_tree(path));
    if (candidate == nullptr) candidate = add_from_disk(file.place, path);
    if (candidate == nullptr || candidate->machine != file.machine) return false;
    found = candidate;
    return true;
  };
  search(file.place).try_each(name, {in_root, file.rpath, file.runpath}, suits);
  return resolved_[key] = found;
}

}  // namespace ttrace::audit
