#include <linux/rtc.h>
#include <linux/sockios.h>

#include <ctime>

#include "tracer/engine/remote_memory.h"
#include "tracer/intercept/kernel_stamps.h"
#include "tracer/intercept/time_forms.h"

namespace ttrace {
namespace {

using Condition = Subscription::Condition;

/// A request of ioctl(2) that gives the stamp of a socket's last packet (socket(7)).
struct StampRequest {
  std::uint64_t request;
  Form form;
  bool native;  // as wide as the ABI's long; else 64 bits
};

constexpr StampRequest kStamps[] = {
    {SIOCGSTAMP_OLD, Form::kTimeval, true},
    {SIOCGSTAMPNS_OLD, Form::kTimespec, true},
    {SIOCGSTAMP_NEW, Form::kTimeval, false},
    {SIOCGSTAMPNS_NEW, Form::kTimespec, false},
};

constexpr std::uint64_t kRequestMask = 0xffffffff;

rtc_time broken_down(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm tm{};
  gmtime_r(&time, &tm);
  return {tm.tm_sec,  tm.tm_min,  tm.tm_hour, tm.tm_mday, tm.tm_mon,
          tm.tm_year, tm.tm_wday, tm.tm_yday, 0};
}

}  // namespace

void DeviceTimes::subscribe(std::vector<Subscription>& subscriptions) {
  for (const Abi abi : {Abi::kX86_64, Abi::kI386}) {
    const auto add_request = [&](std::uint64_t request) {
      add(subscriptions, abi, "ioctl", {{1, Condition::Op::kMaskedEqual, request, kRequestMask}});
    };
    for (const StampRequest& stamp : kStamps) add_request(stamp.request);
    add_request(RTC_RD_TIME);
  }
}

void DeviceTimes::on_exit(SyscallStop& stop) {
  if (stop.result < 0) return;
  const std::uint64_t request = stop.args[1] & kRequestMask;
  if (request == RTC_RD_TIME) {
    // The RTC is taken to run on UTC and with the system's clock.
    if (const auto now = clock_.now(CLOCK_REALTIME)) {
      (void)write_object(stop.pid(), stop.pointer(2), broken_down(now->s));
    }
    return;
  }
  for (const StampRequest& stamp : kStamps) {
    if (stamp.request != request) continue;
    const bool narrow = stamp.native && stop.abi == Abi::kI386;
    const Width width = narrow ? Width::kNarrow : Width::kWide;
    auto times = read_times(stop.pid(), stop.pointer(2), stamp.form, width);
    if (!times) return;
    times->times[0] = clock_.shown(times->times[0]);
    (void)write_times(stop.pid(), stop.pointer(2), stop.pointer(2), stamp.form, width, *times);
  }
}

}  // namespace ttrace
