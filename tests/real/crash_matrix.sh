#!/bin/bash
# Real programs, with crash handlers of their own and without, met by each signal that dumps core at
# several points: each ends as it does when somebody sends it that signal without ttrace, its story
# is told, nothing hangs and nothing is left. POINTS=20 for more points than the usual 2.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
cd "$TMP" || exit
ulimit -S -c 0
POINTS=${POINTS:-2}
signals="SEGV ABRT BUS FPE ILL SYS TRAP QUIT"
MARK=ttrace-crash-matrix-$$
export MARK

# native SIGNAL COMMAND...: the status of COMMAND, which says "ready", when it is sent SIGNAL.
native() {
	local signal=$1 pid status=0
	shift
	rm -f native.out
	# What runs in a script's background ignores QUIT.
	env --default-signal=QUIT "$@" >native.out 2>native.err &
	pid=$!
	for _ in {1..500}; do
		grep -q ready native.out 2>/dev/null && break
		sleep 0.02
	done
	kill "-$signal" $pid
	for _ in {1..500}; do
		kill -0 $pid 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL $pid 2>/dev/null || true
	wait $pid 2>/dev/null || status=$?
	echo $status
}

# left: processes of this test that still run, by name.
left() {
	local file pid comm
	# shellcheck disable=SC2013  # names without spaces
	for file in $(grep -la "MARK=$MARK" /proc/[0-9]*/environ 2>/dev/null); do
		pid=${file#/proc/}
		comm=$(ps -o comm= -p "${pid%/environ}" || true)
		case $comm in "" | bash | grep | ps | timeout) ;; *) echo "$comm" ;; esac
	done
}

# meets NAME COMMAND...: COMMAND loops with a call of umask.
meets() {
	local name=$1 signal expected actual n stories
	shift
	for signal in $signals; do
		expected=$(native "$signal" "$@")
		actual=$expected stories=$POINTS
		for ((n = 1; n <= POINTS; n++)); do
			status=$(trace --crash "$signal@syscall:umask:$((n * 3))" "$@")
			[ "$status" = "$expected" ] || actual="$status at point $n"
			jq -e "[.findings[] | select(.id == \"crash.signal\" and .crash.injected
				and .crash.signal == \"SIG$signal\" and (.crash.steps | length) > 1)] | length == 1" \
				"$REPORT" >/dev/null 2>&1 || stories="none at point $n"
		done
		same "$name, $signal: status as without ttrace" "$expected" "$actual"
		same "$name, $signal: the story is told" "$POINTS" "$stories"
	done
	same "$name: nothing is left" "" "$(left)"
}

loop='echo ready; while :; do umask 022; done'
# A shell without traps ignores QUIT.
signals="SEGV ABRT BUS FPE ILL SYS TRAP" meets bash bash -c "$loop"
# A trap runs between two commands.
meets "bash with traps" bash -c "trap 'exit 7' SEGV ABRT BUS FPE ILL SYS TRAP QUIT; $loop"
meets dash dash -c "$loop"
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) && meets "python3 -X faulthandler" \
	"$python" -X faulthandler -c 'import os
print("ready", flush=True)
while True: os.umask(18)'
if command -v perl >/dev/null; then
	# Perl ignores FPE.
	signals="SEGV ABRT BUS ILL SYS TRAP QUIT" meets perl perl -e '$| = 1; print "ready\n"; umask 022 while 1'
	# shellcheck disable=SC2016  # perl's own
	meets "perl with %SIG" perl -e '$SIG{$_} = sub { exit 9 } for qw(SEGV ABRT BUS FPE ILL SYS TRAP QUIT);
		$| = 1; print "ready\n"; umask 022 while 1'
fi
if command -v go >/dev/null; then
	for arch in amd64 386; do
		# What Go's runtime does depends on si_code: a fault that is none it would repeat for ever.
		if program=$(go_build $arch umasks); then
			signals="QUIT ABRT" meets "go $arch" "$program"
		else
			skip "go $arch" "it cannot be built here: $(head -1 "$TMP/.cc")"
		fi
	done
else
	skip "go" "go is not installed"
fi

# Programs that crash while they start: no handler yet, the default action.
starts() {
	local name=$1 signal n actual
	shift
	for signal in $signals; do
		actual=
		for ((n = 1; n <= POINTS; n++)); do
			status=$(trace --crash "$signal@syscall:openat:$((n + 1))" "$@")
			[ "$status" = $((128 + $(kill -l "$signal"))) ] || actual="$status at point $n"
			jq -e '[.findings[] | select(.id == "crash.signal" and .crash.injected)] | length == 1' \
				"$REPORT" >/dev/null 2>&1 || actual="no story at point $n"
		done
		same "$name, $signal: default action" "" "$actual"
	done
	same "$name: nothing is left" "" "$(left)"
}
! command -v sudo >/dev/null || starts sudo sudo ls /
! command -v dirmngr >/dev/null || GNUPGHOME=$TMP starts dirmngr dirmngr --server
if [ "$(id -u)" = 0 ] && [ -x "$ROOT/usr/bin/sudo" ]; then
	starts "sudo, i386" --root "$ROOT" sudo ls /
	starts "dirmngr, i386" --root "$ROOT" dirmngr --server
	same "perl, i386: status" 139 "$(trace --root "$ROOT" --crash SEGV@syscall:umask:2 \
		perl -e 'umask 022 while 1')"
	has "perl, i386: told" '.crash.injected and .process.abi == "i386"'
else
	skip "i386 programs" "no i386 root file system, or not root"
fi
