#!/bin/bash
# Every way to hand the kernel a time or to be told one, on both ABIs, at clocks before and past the
# limit and at other rates: it goes as on a machine that shows that time.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"

time64=(-m32 -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64)

# calls NAME OPTIONS... -- ARGS...: one case a line of the program, both ABIs.
calls() {
	local name=$1 abi options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	for abi in $ABIS; do
		"$TTRACE" -q "${options[@]}" "$TMP/calls-$abi" "$@" >"$TMP/out" 2>"$TMP/err" || true
		if ! [ -s "$TMP/out" ] || grep -q WRONG "$TMP/out"; then
			not_ok "$name on $abi" "$(grep WRONG "$TMP/out" | tr '\n' ' ')"
		else
			ok "$name on $abi: $(wc -l <"$TMP/out") calls"
		fi
		same "$name on $abi: no finding" "" "$(cat "$TMP/err")"
	done
}

gcc -O1 -o "$TMP/calls-x86-64" "$SOURCE/tests/programs/clock_calls.c" -lrt
gcc -O1 "${time64[@]}" -o "$TMP/calls-i386" "$SOURCE/tests/programs/clock_calls.c" -lrt

calls "the machine's clock" --
calls "past the limit" --clock 2038-01-19 --
calls "far past it" --clock 2200-01-01 --
calls "in the past" --clock 2020-02-02 --
calls "sixty times as fast" --clock 2038-01-19 --rate 60 -- coarse
calls "half as fast" --clock 2038-01-19 --rate 0.5 -- coarse

# The commands that people use to wait: an hour of the faked clock is a second of the machine's.
fast=("$TTRACE" -q --rate 3600)
# shellcheck disable=SC2016
waits='
	before=$(date +%s); sleep 3600; after=$(date +%s)
	echo $(( after - before >= 3600 ))
	timeout 1800 sleep 36000; echo $?
	python3 -c "
import select, time, signal
t = time.time(); select.select([], [], [], 600); print(int(time.time() - t >= 595))
t = time.monotonic(); time.sleep(600); print(int(time.monotonic() - t >= 595))
p = select.epoll(); t = time.time(); p.poll(600); print(int(time.time() - t >= 595))
signal.signal(signal.SIGALRM, lambda *a: None)
t = time.time(); signal.alarm(600); signal.pause(); print(int(time.time() - t >= 595))
t = time.time(); signal.setitimer(signal.ITIMER_REAL, 600); signal.pause()
print(int(time.time() - t >= 595))"'
same "--rate 3600: sleep, timeout, select, sleep, epoll, alarm, setitimer" "1 124 1 1 1 1 1" \
	"$("${fast[@]}" bash -c "$waits" | tr '\n' ' ' | sed 's/ $//')"
same "--rate 0: the clock stands still" 1 \
	"$("$TTRACE" -q --clock 2038-01-19 --rate 0 bash -c 'date +%s; date +%s' | uniq | wc -l)"

# At a tenth, 0.05 s of the faked clock is half a second; each wait lasts that, and no less.
slow_waits='
import select, signal, subprocess, time
def lasts(wait):
    before = time.time(); wait(); return int(0.045 <= time.time() - before < 5)
poll = select.poll()
signal.signal(signal.SIGALRM, lambda *a: None)
def alarm():
    signal.setitimer(signal.ITIMER_REAL, 0.05); signal.pause()
for wait in (lambda: time.sleep(0.05), lambda: select.select([], [], [], 0.05),
             lambda: poll.poll(50), lambda: select.epoll().poll(0.05), alarm,
             lambda: subprocess.run(["timeout", "0.05", "sleep", "9"])):
    print(lasts(wait), end=" ")'
before=$(date +%s%N)
same "--rate 0.1: sleep, select, poll, epoll, setitimer, timeout" "1 1 1 1 1 1 " \
	"$("$TTRACE" -q --rate 0.1 python3 -c "$slow_waits")"
check "--rate 0.1: six waits of half a second take three" [ $(($(date +%s%N) - before)) -ge 2700000000 ]

# TTRACE_STRESS: for how many seconds; more by hand.
for flags in "" -m32 "-m32 -static"; do
	# shellcheck disable=SC2086  # flags are words
	program=$(compile -O2 $flags stress) || { skip "stress gcc $flags" "cannot be built"; continue; }
	for how in steady stepping; do
		same "200 threads read every clock, $how, gcc $flags" "wrong 0, enough 1" \
			"$("$TTRACE" -q --analyze connect --clock @1900000000 "$program" $how "${TTRACE_STRESS:-2}" \
				2>"$TMP/err")"
	done
done

# agree NAME OPTION... -- COMMAND...: the command prints when the machine was booted, for how long it
# has been up and the time; the first two give the third.
agree() {
	local name=$1 options=() booted up now
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	read -r booted up now < <("$TTRACE" -q --analyze connect "${options[@]}" "$@" | xargs)
	check "$name: booted $booted, up $up, now $now" \
		[ $((booted + ${up%%.*} - now + 3)) -ge 0 -a $((now - booted - ${up%%.*} + 3)) -ge 0 ]
}
# shellcheck disable=SC2016
boot='cut -d" " -f2 <(grep btime /proc/stat); cut -d" " -f1 /proc/uptime; date +%s'
agree "/proc/stat past 2038" --clock 2038-01-19 -- bash -c "$boot"
agree "/proc/stat in the past" --clock 2020-01-19 -- bash -c "$boot"
agree "/proc at another rate" --clock 2038-01-19 --rate 60 -- bash -c "sleep 600; $boot"
# shellcheck disable=SC2016
same "/proc/stat in pieces and by other ways" 1 "$("$TTRACE" -q --clock 2038-01-19 sh -c '
	while read -r key value rest; do [ "$key" != btime ] || echo "$value"; done </proc/stat
	cat /proc/stat | sed -n "s/^btime //p"; cd /proc; sed -n "s/^btime //p" stat
	python3 -c "import os
fd = os.open(\"/proc/stat\", 0); at = os.pread(fd, 65536, 0).find(b\"btime\")
print(os.pread(fd, 65536, 0)[at + 6:at + 16].decode())
buffers = [bytearray(at + 8), bytearray(9000)]; os.readv(fd, buffers)
print((buffers[0][-2:] + buffers[1][:8]).decode())"' | sort -u | wc -l)"
if [ -x "$ROOT/usr/bin/sudo" ] && [ "$(id -u)" = 0 ]; then
	agree "/proc/stat, i386" --clock 2037-12-31 --root "$ROOT" -- bash -c "$boot"
fi
