#!/bin/bash
# Every way to hand the kernel a time or to be told one, on both ABIs, at clocks before and past the
# limit and at other rates: it goes as on a machine that shows that time.
. "$(dirname "$0")/../lib.sh"

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
	for abi in x86-64 i386; do
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
signal.signal(signal.SIGALRM, lambda *a: None); signal.alarm(600)
t = time.time(); signal.pause(); print(int(time.time() - t >= 595))
signal.setitimer(signal.ITIMER_REAL, 600); t = time.time(); signal.pause()
print(int(time.time() - t >= 595))"'
same "--rate 3600: sleep, timeout, select, sleep, epoll, alarm, setitimer" "1 124 1 1 1 1 1" \
	"$("${fast[@]}" bash -c "$waits" | tr '\n' ' ' | sed 's/ $//')"
same "--rate 0: the clock stands still" 1 \
	"$("$TTRACE" -q --clock 2038-01-19 --rate 0 bash -c 'date +%s; date +%s' | uniq | wc -l)"
