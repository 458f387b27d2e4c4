#include "tracer/audit/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "tracer/audit/archive.h"
#include "tracer/audit/inspect.h"
#include "tracer/audit/walk.h"

namespace ttrace::audit {
namespace {

constexpr std::size_t kChunk = 32;         // files that a thread takes at once
constexpr std::size_t kBatch = 512;        // rows of a transaction
constexpr std::size_t kMaxWaiting = 2048;  // rows that may wait for the writer
constexpr auto kTick = std::chrono::milliseconds(100);

// FNV-1a: the same on every machine that takes a share.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

/// Rows on their way from the threads that read files to the one that writes.
class Rows {
 public:
  void put(std::vector<Store::Row>& rows) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return waiting_.size() < kMaxWaiting || given_up_; });
    for (Store::Row& row : rows) waiting_.push_back(std::move(row));
    rows.clear();
    filled_.notify_one();
  }

  void finish_one() {
    const std::lock_guard lock(mutex_);
    ++finished_;
    filled_.notify_one();
  }

  /// What has gathered; empty and true: all threads are done.
  bool take(std::vector<Store::Row>& rows, unsigned threads) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, kTick,
                     [&] { return waiting_.size() >= kBatch || finished_ == threads; });
    rows.swap(waiting_);
    room_.notify_all();
    return finished_ == threads && rows.empty();
  }

  /// Nobody takes any more: threads must not wait for room.
  void give_up() {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
    room_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_, room_;
  std::vector<Store::Row> waiting_;
  unsigned finished_ = 0;
  bool given_up_ = false;
};

class Scan {
 public:
  Scan(Store& store, const Place& place, const PackageOf& package_of, const ScanOptions& options)
      : store_(store), place_(place), package_of_(package_of), options_(options) {}

  bool run() {
    known_ = store_.stamps(place_.row);
    Walked walked = walk(place_.tree.path);
    keep_share(walked);
    files_ = std::move(walked.files);
    write_refused(walked.refused);
    read_all();
    store_.set_share(place_.row, shard_name(options_.shard), files_.size() + walked.refused.size(),
                     !stopped());
    if (!stopped()) forget_gone(walked.refused);
    return !stopped();
  }

 private:
  bool stopped() const { return options_.stop != nullptr && *options_.stop; }

  void keep_share(Walked& walked) const {
    if (options_.shard.count == 1) return;
    std::erase_if(walked.files, [this](const std::string& path) {
      return !options_.shard.has(place_.in_tree(path));
    });
    std::erase_if(walked.refused, [this](const Walked::Refused& refused) {
      return !options_.shard.has(place_.in_tree(refused.path));
    });
  }

  Store::Row row_of(FileFacts facts, const std::string& path) const {
    facts.file.path = place_.in_tree(path);
    const std::int64_t package = package_of_ ? package_of_(facts.file.path) : 0;
    return {std::move(facts), place_.row, package, true};
  }

  void write_refused(const std::vector<Walked::Refused>& refused) {
    std::vector<Store::Row> rows;
    for (const auto& [path, why] : refused) {
      FileFacts facts;
      facts.file.why = why;
      rows.push_back(row_of(std::move(facts), path));
    }
    if (!rows.empty()) store_.write(rows);
  }

  void read_all() {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < options_.threads; ++i) {
      threads.emplace_back([this] {
        read_some();
        rows_.finish_one();
      });
    }
    try {
      write_all();
    } catch (...) {
      failed_ = true;
      rows_.give_up();
      throw;
    }
  }

  void read_some() {
    std::vector<Store::Row> rows;
    while (!stopped() && !failed_) {
      const std::size_t first = next_.fetch_add(kChunk);
      if (first >= files_.size()) break;
      const std::size_t last = std::min(first + kChunk, files_.size());
      for (std::size_t i = first; i < last && !stopped(); ++i) read_one(files_[i], rows);
      if (!rows.empty()) rows_.put(rows);
      done_ += last - first;
    }
  }

  void read_one(const std::string& path, std::vector<Store::Row>& rows) {
    const auto known = known_.find(place_.in_tree(path));
    if (known != known_.end() && stamp_of(path) == known->second) return;
    auto facts = inspect(path, place_.root, path == place_.tree.path);
    if (facts) {
      rows.push_back(row_of(std::move(*facts), path));
    } else if (known != known_.end()) {
      const std::lock_guard lock(gone_mutex_);
      gone_.push_back(known->first);  // it was code, and is data now
    }
  }

  void write_all() {
    std::vector<Store::Row> rows;
    while (!rows_.take(rows, options_.threads)) {
      if (!rows.empty()) store_.write(rows);
      rows.clear();
      if (options_.progress) options_.progress(done_, files_.size());
    }
  }

  /// Files that the database has and the tree has no more.
  void forget_gone(const std::vector<Walked::Refused>& refused) {
    for (const std::string& path : files_) known_.erase(place_.in_tree(path));
    for (const auto& entry : refused) known_.erase(place_.in_tree(entry.path));
    for (const auto& [path, stamp] : known_) {
      if (options_.shard.has(path)) gone_.push_back(path);
    }
    if (!gone_.empty()) store_.remove(place_.row, gone_);
  }

  Store& store_;
  const Place& place_;
  const PackageOf& package_of_;
  const ScanOptions& options_;
  std::unordered_map<std::string, Stamp> known_;
  std::vector<std::string> files_;
  std::atomic<std::size_t> next_{0}, done_{0};
  std::atomic<bool> failed_{false};
  std::mutex gone_mutex_;
  std::vector<std::string> gone_;
  Rows rows_;
};

/// The one row of an archive that cannot be read.
Store::Row refused_archive(const Place& place, std::string why) {
  FileFacts facts;
  facts.file.path = place.tree.path;
  facts.file.why = std::move(why);
  return {std::move(facts), place.row, 0, true};
}

/// Archives are unpacked on all threads; the database is written by one at a time.
class ArchiveScan {
 public:
  ArchiveScan(Store& store, const std::vector<Place>& places, const ScanOptions& options)
      : store_(store), places_(places), options_(options) {}

  bool run() {
    {
      std::vector<std::jthread> threads;
      const auto count = std::min<std::size_t>(options_.threads, places_.size());
      for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { read_some(); });
      while (finished_ < count) {
        std::this_thread::sleep_for(kTick / 10);
        if (options_.progress) options_.progress(done_, places_.size());
      }
    }
    if (failure_) std::rethrow_exception(failure_);
    return !stopped();
  }

 private:
  bool stopped() const { return options_.stop != nullptr && *options_.stop; }

  void read_some() {
    try {
      for (std::size_t i = 0; (i = next_++) < places_.size() && !stopped(); ++done_)
        read_one(places_[i]);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      next_ = places_.size();
    }
    ++finished_;
  }

  void read_one(const Place& place) {
    const std::int64_t package = add_package(place);
    std::vector<Store::Row> rows;
    std::uint64_t seen = 0;
    std::string why = read_archive(place.tree.path, [&](FileFacts facts) {
      ++seen;
      if (options_.shard.has(facts.file.path))
        rows.push_back({std::move(facts), place.row, package, true});
      if (rows.size() >= kBatch) write(rows);
    });
    if (!why.empty()) rows.push_back(refused_archive(place, std::move(why)));
    write(rows);
    const std::lock_guard lock(mutex_);
    store_.set_share(place.row, shard_name(options_.shard), seen, true);
  }

  std::int64_t add_package(const Place& place) {
    const std::lock_guard lock(mutex_);
    return store_.add_package(place.row, package_of_archive(place.tree.path));
  }

  void write(std::vector<Store::Row>& rows) {
    const std::lock_guard lock(mutex_);
    store_.write(rows);
    rows.clear();
  }

  Store& store_;
  const std::vector<Place>& places_;
  const ScanOptions& options_;
  std::mutex mutex_;
  std::atomic<std::size_t> next_{0}, done_{0}, finished_{0};
  std::exception_ptr failure_;
};

}  // namespace

bool Shard::has(std::string_view path) const { return hash_of(path) % count == index - 1; }

bool scan(Store& store, const Place& place, const PackageOf& package_of,
          const ScanOptions& options) {
  return Scan(store, place, package_of, options).run();
}

bool scan_archives(Store& store, const std::vector<Place>& places, const ScanOptions& options) {
  return ArchiveScan(store, places, options).run();
}

std::string shard_name(const Shard& shard) {
  return fmt::format("{}/{}", shard.index, shard.count);
}

}  // namespace ttrace::audit
