// The engine for where ptrace is not allowed: a library in each target tells what it sees through
// the channel. ttrace is the targets' parent and nothing more.
#include "tracer/session/engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tracer/base/unique_fd.h"
#include "tracer/preload/descendants.h"
#include "tracer/preload/events.h"
#include "tracer/preload/place.h"
#include "tracer/preload/rules.h"
#include "tracer/preload/run_facts.h"
#include "tracer/preload/target_check.h"
#include "tracer/session/file_systems.h"

namespace ttrace {
namespace {

using namespace preload;

constexpr int kPollMilliseconds = 10;

/// The command and all below it.
class Children : public Targets {
 public:
  void begin(Pid main) { main_ = main; }
  void signal_all(int signal) const override {
    for (const Pid pid : descendants()) kill(raw(pid), signal);
  }
  void signal_main(int signal) const override {
    if (!gone_) kill(raw(main_), signal);
  }
  bool main_is_gone() const override { return gone_; }
  void on_main_stop(std::function<void(int)> callback) override { stopped_ = std::move(callback); }
  void on_main_gone(std::function<void()> callback) override { ended_ = std::move(callback); }

  struct End {
    int pid;
    int status;  // as wait(2) has it
  };
  /// Takes what has ended or stopped; false: no child is left.
  bool reap();
  /// Those that have ended since it was asked last.
  std::vector<End> take_ends() { return std::exchange(ends_, {}); }
  int main_status() const { return status_; }

 private:
  void on_main(int status);

  Pid main_{0};
  bool gone_ = false;
  int status_ = 0;
  std::vector<End> ends_;
  std::function<void(int)> stopped_;
  std::function<void()> ended_;
};

bool Children::reap() {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED | __WALL);
    if (pid < 0) return errno != ECHILD;
    if (pid == 0) return true;
    if (!WIFSTOPPED(status)) ends_.push_back({pid, status});
    if (pid == raw(main_)) on_main(status);
  }
}

void Children::on_main(int status) {
  if (WIFSTOPPED(status)) {
    if (stopped_) stopped_(WSTOPSIG(status));
    return;
  }
  gone_ = true;
  status_ = status;
  if (ended_) ended_();
}

std::uint32_t wanted(const RunOptions& options, const RunClock& clock) {
  const auto& names = options.analyzers;
  std::uint32_t watch = 0;
  if (std::find(names.begin(), names.end(), "time") != names.end()) watch |= kWatchTime;
  if (std::find(names.begin(), names.end(), "connect") != names.end()) watch |= kWatchConnect;
  if (std::find(names.begin(), names.end(), "crash") != names.end()) watch |= kWatchCrash;
  if (clock.faked()) watch |= kFakedClock;
  if (clock.faked() && options.file_times == FileTimes::kShift) watch |= kShiftFiles;
  return watch;
}

class PreloadEngine : public Engine {
 public:
  PreloadEngine(const RunOptions& options, RunClock& clock, EventSink& sink)
      : options_(options), clock_(clock), sink_(sink) {
    adopt_orphans();
  }
  ~PreloadEngine() override;
  const char* name() const override { return "preload"; }
  void prepare(LaunchOptions& launch) override;
  void adopt(Pid child) override { children_.begin(child); }
  Targets& targets() override { return children_; }
  void run(Launch& launch, JobControl& jobs) override;
  void describe(Launch& launch, RunInfo& info) override;
  int wait_status() const override { return children_.main_status(); }

 private:
  void open_channel(const Launch& launch);
  void read_channel(bool at_end);
  void wait_a_moment(const UniqueFd& main) const;

  const RunOptions& options_;
  RunClock& clock_;
  EventSink& sink_;
  Children children_;
  // Of the targets: the root, which would be gone with them, and what keeps its mounts in place.
  UniqueFd root_fd_, mounts_fd_;
  std::string root_;
  std::string place_;
  std::unique_ptr<ChannelReader> channel_;
  std::unique_ptr<EventMaker> events_;
  Decoys decoys_;
};

PreloadEngine::~PreloadEngine() {
  if (!place_.empty()) remove_place(root_ + place_);
}

void PreloadEngine::prepare(LaunchOptions& launch) {
  launch.settle_in = [] {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string place = make_place();
    enter_environment(place);
    return place;
  };
  launch.check_program = check_watchable;
}

void PreloadEngine::open_channel(const Launch& launch) {
  const std::string root = fmt::format("/proc/{}/root", raw(launch.pid()));
  root_fd_ = UniqueFd(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root_fd_) throw UserError(fmt::format("cannot open {}: {}", root, strerror(errno)), "");
  root_ = fmt::format("/proc/self/fd/{}", root_fd_.get());
  const std::string mounts = fmt::format("/proc/{}/ns/mnt", raw(launch.pid()));
  mounts_fd_ = UniqueFd(open(mounts.c_str(), O_RDONLY | O_CLOEXEC));
  place_ = launch.note();
  channel_ = std::make_unique<ChannelReader>(channel_path(root_ + place_), ChannelReader::Of::kRun);
  events_ = std::make_unique<EventMaker>(
      options_, sink_, root_,
      std::chrono::steady_clock::now().time_since_epoch() - sink_.elapsed());
  Head& head = channel_->head();
  set_rules(options_.connect_rules, decoys_, head);
  head.watch = wanted(options_, clock_);
  if (options_.clock && (head.watch & kShiftFiles)) {
    head.files = look_at_file_systems(launch.pid(), options_.root && !options_.root_writable);
  }
}

// Whoever has ended said before what it had to say.
void PreloadEngine::read_channel(bool at_end) {
  while (const auto record = channel_->next(at_end)) events_->on_record(*record);
  for (const auto& [pid, status] : children_.take_ends()) {
    events_->on_ended(pid, status, sink_.elapsed());
  }
}

// The end of the command is told at once; for all else, a look now and then must do.
void PreloadEngine::wait_a_moment(const UniqueFd& main) const {
  pollfd item{children_.main_is_gone() ? -1 : main.get(), POLLIN, 0};
  (void)poll(&item, 1, kPollMilliseconds);
}

void PreloadEngine::run(Launch& launch, JobControl& jobs) {
  const UniqueFd main(static_cast<int>(syscall(SYS_pidfd_open, raw(launch.pid()), 0)));
  open_channel(launch);
  clock_.begin();
  channel_->head().clock = clock_.params();
  clock_.on_change([this] { channel_->head().clock.horizon = clock_.params().horizon; });
  launch.go();
  while (children_.reap()) {
    read_channel(false);
    events_->on_tick();
    decoys_.reset_accepted();
    jobs.on_wakeup();
    clock_.extend_horizon();
    wait_a_moment(main);
  }
  read_channel(true);
  events_->finish(*channel_, sink_.elapsed(), WIFSIGNALED(children_.main_status()));
}

void PreloadEngine::describe(Launch& launch, RunInfo& info) {
  launch.check_started();
  describe_run(*events_, *channel_, root_, info);
  if (access(channel_path(root_ + place_).c_str(), F_OK) != 0) {
    info.limits.push_back(
        "a target removed ttrace's channel: programs that were executed after that ran unwatched");
  }
}

}  // namespace

std::unique_ptr<Engine> make_preload_engine(const RunOptions& options, RunClock& clock,
                                            EventSink& sink) {
  return std::make_unique<PreloadEngine>(options, clock, sink);
}

}  // namespace ttrace
