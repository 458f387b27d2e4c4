#!/bin/bash
# Real programs, with crash handlers of their own and without, met by each signal that dumps core at
# twenty points each: every one ends as it does when somebody sends it that signal without ttrace,
# its story is told, nothing hangs and nothing is left.
#
# A cell of this matrix is one run, in which a shell starts the program once for each point. The
# program takes a name of its own once it is ready, and --crash goes by that name: at its Nth call of
# umask for the first twelve, at a moment in time for the rest.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
. "$SOURCE/tests/matrix.sh"
cd "$TMP" || exit

# native SIGNAL COMMAND...: the status of COMMAND when it is sent SIGNAL.
native() {
	local signal=$1 pid status=0
	shift
	# What runs in a script's background ignores QUIT.
	env --default-signal=QUIT "$@" p0 >/dev/null 2>&1 &
	pid=$!
	for _ in {1..500}; do
		[ "$(cat /proc/$pid/comm 2>/dev/null)" != p0 ] || break
		sleep 0.02
	done
	kill "-$signal" $pid
	wait $pid 2>/dev/null || status=$?
	echo $status
}

# points SIGNAL CALL COUNT: fills the array `rules` with --crash rules for p1, p2 …: the first COUNT
# at CALL, each some calls further on.
points() {
	local n
	rules=()
	for ((n = 1; n <= POINTS; n++)); do
		if [ $n -le "$3" ]; then
			rules+=(--crash "$1:p$n@syscall:$2:$n")
		else
			rules+=(--crash "$1:p$n@$((n * 7))ms")
		fi
	done
}

# judge NAME EXPECTED SIGNAL: of the last run, in which POINTS programs ended.
judge() {
	same "$1, $3: status as without ttrace, $POINTS times" "$POINTS $2" \
		"$(sort out | uniq -c | sed 's/^ *//')"
	told_each "$1" "$3"
}

# shellcheck disable=SC2016  # the target's own
repeat='n=1; while [ $n -le '$POINTS' ]; do "$@" p$n >/dev/null 2>&1 </dev/null; echo $?; n=$((n + 1)); done'
meet() {
	local name=$1 signal=$2 rules expected
	shift 2
	points "$signal" umask 12
	expected=$(native "$signal" "$@")
	trace --timeout 50s "${rules[@]}" sh -c "$repeat" sh "$@" >/dev/null
	judge "$name" "$expected" "$signal"
}
meets() {
	local name=$1 signal
	shift
	for signal in $signals; do cell meet "$name" "$signal" "$@"; done
}

signals="SEGV ABRT BUS FPE ILL SYS TRAP QUIT"
# shellcheck disable=SC2016  # the target's own
loop='echo "$1" >/proc/$$/comm; while :; do umask 022; done'
# A shell without traps ignores QUIT.
signals="SEGV ABRT BUS FPE ILL SYS TRAP" meets bash bash -c "$loop" bash
# A trap runs between two commands.
meets "bash with traps" bash -c "trap 'exit 7' SEGV ABRT BUS FPE ILL SYS TRAP QUIT; $loop" bash
python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null) && meets "python3 -X faulthandler" \
	"$python" -S -X faulthandler -c 'import os, sys
with open("/proc/self/comm", "w") as f: f.write(sys.argv[1])
while True: os.umask(18)'
if command -v perl >/dev/null; then
	# shellcheck disable=SC2016  # perl's own
	loop='open F, ">", "/proc/$$/comm"; print F shift; close F; umask 022 while 1'
	# Perl ignores FPE.
	signals="SEGV ABRT BUS ILL SYS TRAP QUIT" meets perl perl -e "$loop"
	# shellcheck disable=SC2016  # perl's own
	meets "perl with %SIG" perl -e \
		'$SIG{$_} = sub { exit 9 } for qw(SEGV ABRT BUS FPE ILL SYS TRAP QUIT); '"$loop"
fi
for arch in amd64 386; do
	if command -v go >/dev/null && program=$(go_build $arch umasks); then
		meets "go $arch" "$program"
	else
		skip "go $arch" "it cannot be built here: $(head -1 "$TMP/.cc" 2>/dev/null || true)"
	fi
done

end_cells "matrix"
