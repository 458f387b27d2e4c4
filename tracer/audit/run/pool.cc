#include "tracer/audit/run/pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "tracer/base/result.h"
#include "tracer/cli/report_file.h"

namespace ttrace::audit {
namespace {

constexpr int kTickMs = 200;
// What a worker gives back is small; one that goes on and on is ended by its time limit.
constexpr std::size_t kMostAnswer = 16 * 1024 * 1024;

bool read_number(int fd, std::uint64_t& number) {
  ssize_t size;
  do {
    size = read(fd, &number, sizeof number);
  } while (size < 0 && errno == EINTR);
  return size == sizeof number;
}

std::string framed(const std::string& text) {
  const std::uint64_t size = text.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text;
}

[[noreturn]] void be_worker(int channel, const Pool::Plan& plan) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (plan.prepare) plan.prepare();
  std::uint64_t job = 0;
  while (read_number(channel, job)) {
    if (write_all(channel, framed(plan.work(static_cast<std::size_t>(job)))) != 0) break;
  }
  _exit(0);
}

}  // namespace

Pool::~Pool() {
  for (Worker& worker : workers_) end(worker);
}

void Pool::start(Worker& worker) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw UserError(fmt::format("cannot make a socket: {}", strerror(errno)), "");
  }
  worker.pid = fork();
  if (worker.pid < 0) throw UserError(fmt::format("cannot fork: {}", strerror(errno)), "");
  if (worker.pid == 0) {
    close(ends[0]);
    // The end of a sibling's channel would keep that one waiting.
    for (Worker& other : workers_) other.channel = UniqueFd();
    be_worker(ends[1], plan_);
  }
  close(ends[1]);
  worker.channel = UniqueFd(ends[0]);
}

void Pool::end(Worker& worker) {
  if (worker.pid < 0) return;
  kill(worker.pid, SIGKILL);
  while (waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) continue;
  worker.pid = -1;
  worker.channel = UniqueFd();
}

void Pool::give_job(Worker& worker) {
  if (worker.pid < 0) start(worker);
  const std::uint64_t number = next_;
  worker.job = next_++;
  worker.answer.clear();
  worker.started = std::chrono::steady_clock::now();
  const std::string_view bytes(reinterpret_cast<const char*>(&number), sizeof number);
  if (write_all(worker.channel.get(), bytes) != 0) finish_job(worker, std::nullopt);
}

void Pool::finish_job(Worker& worker, std::optional<std::string> answer) {
  if (!answer) end(worker);
  const std::size_t job = *worker.job;
  worker.job.reset();
  plan_.done(job, std::move(answer));
}

void Pool::take_answer(Worker& worker) {
  std::array<char, 65536> data{};
  const ssize_t size = read(worker.channel.get(), data.data(), data.size());
  if (size < 0 && errno == EINTR) return;
  if (size <= 0 || worker.answer.size() > kMostAnswer) return finish_job(worker, std::nullopt);
  worker.answer.append(data.data(), static_cast<std::size_t>(size));
  std::uint64_t wanted = 0;
  if (worker.answer.size() < sizeof wanted) return;
  std::memcpy(&wanted, worker.answer.data(), sizeof wanted);
  if (worker.answer.size() < sizeof wanted + wanted) return;
  finish_job(worker, worker.answer.substr(sizeof wanted));
}

void Pool::wait_for_answers() {
  std::vector<pollfd> ends;
  for (const Worker& worker : workers_)
    ends.push_back({worker.job ? worker.channel.get() : -1, POLLIN, 0});
  (void)poll(ends.data(), ends.size(), kTickMs);
  const auto now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    if (ends[i].revents != 0) {
      take_answer(worker);
    } else if (worker.job && now - worker.started > plan_.limit) {
      finish_job(worker, std::nullopt);
    }
  }
}

std::size_t Pool::busy() const {
  return static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(),
                    [](const Worker& worker) { return worker.job.has_value(); }));
}

void Pool::give_jobs() {
  for (Worker& worker : workers_) {
    if (next_ >= plan_.jobs || busy() >= allowed_) return;
    if (!worker.job) give_job(worker);
  }
}

// A job that only waits, for its time limit or for the kernel, makes room for another; and where
// more are at work than there are processors for, each would take longer than by itself, and so run
// into its limit. Smoothed, as a job is short beside a second.
void Pool::adapt() {
  constexpr auto kPace = std::chrono::milliseconds(kTickMs);
  constexpr double kRoom = 0.3, kFull = 0.05;  // processors
  constexpr double kNew = 0.4;                 // the weight of the last look
  const auto now = std::chrono::steady_clock::now();
  if (now - adapted_ < kPace) return;
  adapted_ = now;
  const auto idle = plan_.idle();
  if (!idle) return;
  idle_ += kNew * (*idle - idle_);
  if (idle_ >= kRoom && busy() >= allowed_ && allowed_ < workers_.size()) ++allowed_;
  if (idle_ < kFull && allowed_ > plan_.workers) --allowed_;
}

bool Pool::run() {
  const auto stopped = [this] { return plan_.stop != nullptr && *plan_.stop; };
  while (!stopped()) {
    give_jobs();
    if (busy() == 0 && next_ >= plan_.jobs) return true;
    wait_for_answers();
    adapt();
  }
  return false;
}

}  // namespace ttrace::audit
