#include "tracer/session/job_control.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace ttrace {
namespace {

constexpr Duration kGrace = std::chrono::seconds(2);  // between TERM and KILL
constexpr Duration kAsking = std::chrono::milliseconds(500);
constexpr Duration kLeaving = std::chrono::seconds(1);  // for what ends with the command
constexpr std::chrono::milliseconds kBusyPace{50};
constexpr std::chrono::hours kIdlePace{1};
constexpr std::array kHandled = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                 SIGTSTP, SIGTTIN, SIGTTOU, SIGALRM};
std::array<struct sigaction, kHandled.size()> former;
std::atomic<int> interrupts{0};
std::atomic<int> forwarded{0};
std::atomic<bool> ending{false};  // one of these came
std::atomic<bool> has_woken{false};

Duration now() { return std::chrono::steady_clock::now().time_since_epoch(); }

void tick_every(std::chrono::microseconds period) {
  const timeval value{period.count() / 1000000, period.count() % 1000000};
  const itimerval timer{value, value};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

// A signal that comes between two waits interrupts neither: so one that needs action starts a
// ticking timer, and the next tick does.
void on_signal(int signal) {
  if (signal == SIGINT || signal == SIGQUIT) ++interrupts;
  if (signal == SIGTERM || signal == SIGHUP) forwarded = signal;
  if (interrupts > 0 || forwarded != 0) ending = true;
  if (signal != SIGALRM) tick_every(kBusyPace);
  has_woken = true;
}

}  // namespace

JobControl::JobControl(Targets& targets, std::optional<Duration> timeout) : targets_(targets) {
  interrupts = 0;
  forwarded = 0;
  ending = false;
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: the wait must end
  for (std::size_t i = 0; i < kHandled.size(); ++i) {
    sigaction(kHandled[i], &action, &former[i]);
    // Started with it ignored (nohup): so it stays.
    if (former[i].sa_handler == SIG_IGN) sigaction(kHandled[i], &former[i], nullptr);
  }
  if (timeout) deadline_ = now() + *timeout;
  targets_.on_main_stop([](int) { raise(SIGSTOP); });
  targets_.on_main_gone([this] {
    main_gone_at_ = now();
    set_pace();
  });
  set_pace();
}

JobControl::~JobControl() {
  tick_every(std::chrono::microseconds(0));
  for (std::size_t i = 0; i < kHandled.size(); ++i) sigaction(kHandled[i], &former[i], nullptr);
}

std::atomic<bool>& JobControl::woken() { return has_woken; }

bool JobControl::asked_to_end() const { return ending; }

void JobControl::leave_instead(std::function<void()> leave) {
  leave_ = std::move(leave);
  targets_.on_main_stop(nullptr);
}

void JobControl::act_on_signals() {
  if (leave_) {
    if (ending) leave_();
    return;
  }
  if (const int signal = forwarded.exchange(0)) targets_.signal_main(signal);
  // The first Ctrl-C is the target's affair; a second one, or one when the target itself is gone
  // and only what it left behind still runs, ends everything.
  if (interrupts >= 2 || (interrupts >= 1 && targets_.main_is_gone())) targets_.signal_all(SIGKILL);
}

void JobControl::on_wakeup() {
  act_on_signals();
  if (deadline_ && now() >= *deadline_) {
    if (!asked_until_) asked_until_ = now() + kAsking;
    if (!time_up_ || time_up_() || now() >= *asked_until_) end_targets();
  }
  if (kill_at_ && now() >= *kill_at_) targets_.signal_all(SIGKILL);
  look_at_left_behind();
}

void JobControl::look_at_left_behind() {
  if (!main_gone_at_ || now() - *main_gone_at_ < kLeaving) return;
  main_gone_at_.reset();
  if (left_behind_) left_behind_();
  set_pace();
}

void JobControl::keep_waking(bool wanted) {
  if (wanted == waking_) return;
  waking_ = wanted;
  set_pace();
}

void JobControl::set_pace() {
  const bool busy =
      deadline_ || kill_at_ || main_gone_at_ || waking_ || interrupts > 0 || forwarded != 0;
  tick_every(busy ? kBusyPace : std::chrono::microseconds(kIdlePace));
}

void JobControl::end_targets() {
  timed_out_ = true;
  deadline_.reset();
  if (leave_) return leave_();
  kill_at_ = now() + kGrace;
  targets_.signal_all(SIGTERM);
  targets_.signal_all(SIGCONT);
}

}  // namespace ttrace
