// The first pass: every file of a tree examined on all cores, and written to the database while the
// others are still being read. What the database has of an unchanged file is kept, so that a pass
// that was killed goes on where it stood.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "tracer/audit/place.h"
#include "tracer/audit/shard.h"
#include "tracer/audit/store/store.h"

namespace ttrace::audit {

struct ScanOptions {
  Shard shard;
  unsigned threads = 1;
  const std::atomic<bool>* stop = nullptr;  // set by Ctrl-C
  /// Called now and then from the calling thread.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

/// Which package a path of the tree belongs to; 0: none.
using PackageOf = std::function<std::int64_t(const std::string& path)>;

/// False if it was stopped before its end.
bool scan(Store& store, const Place& place, const PackageOf& package_of,
          const ScanOptions& options);

/// The same for packages and other archives, each a place of its own: their members by their paths.
bool scan_archives(Store& store, const std::vector<Place>& places, const ScanOptions& options);

/// "2/8".
std::string shard_name(const Shard& shard);

}  // namespace ttrace::audit
