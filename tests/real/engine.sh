#!/bin/bash
# Under ttrace everything behaves as without it: processes, threads, signals, job control,
# terminals, deaths at any moment; and ttrace leaves nothing behind.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
need_command python3
fake=2030-06-01

# gone PID...: waits until none of the processes is there, or is only a zombie; fails after a while.
gone() {
	local pid left
	for _ in {1..200}; do
		left=
		for pid in "$@"; do
			if [ -e "/proc/$pid/stat" ] && ! grep -qs '^State:[[:space:]]*[ZX]' "/proc/$pid/status"; then
				left+=" $pid"
			fi
		done
		[ -n "$left" ] || return 0
		sleep 0.05
	done
	echo "still there:$left"
	return 1
}

# descendants PID: the processes below PID, itself not among them, parents first.
descendants() {
	ps -e -o pid=,ppid= | awk -v root="$1" '
		{ children[$2] = children[$2] " " $1 }
		END {
			queue[last = 1] = root
			for (first = 1; first <= last; first++) {
				count = split(children[queue[first]], found)
				for (i = 1; i <= count; i++) print queue[++last] = found[i]
			}
		}'
}

# alike NAME COMMAND...: exit status, stdout and stderr are the same with ttrace and without.
alike() {
	local name=$1 expected actual
	shift
	expected="$(status_of "$@"; cat "$TMP/out" "$TMP/err")"
	actual="$(trace --clock $fake "$@"; cat "$TMP/out" "$TMP/err")"
	same "$name" "$expected" "$actual"
}

# Each behaviour in both widths.
for flags in "" -m32 "-m32 -static"; do
	# shellcheck disable=SC2086  # flags are words
	if ! program=$(compile $flags behaviour); then
		skip "behaviour gcc $flags" "it cannot be built here: $(head -1 "$TMP/.cc")"
		continue
	fi
	for what in fork vfork spawn clone3 threads thread_exec thread_fork group_stop signals \
		signal_values ignored_signals trap terminate abort die close_all corrupt cancel; do
		alike "$what, gcc $flags" "$program" $what
	done
done
program=$(compile behaviour)

# Streams and exit status.
# shellcheck disable=SC2016
alike "shell script with pipes" sh -c 'seq 5 | tac | { read -r a; echo "$a"; cat >&2; exit 33; }'
alike "a missing command inside a shell" sh -c 'nosuchcommand 2>/dev/null; exit $?'
same "yes | head: ends" "0 y" "$(trace --clock $fake sh -c 'yes | head -1') $(cat "$TMP/out")"
same "ttrace | cat" "hello" "$("$TTRACE" -o "$REPORT" echo hello | cat)"
same "the target's stdin" "typed" "$(echo typed | "$TTRACE" -o "$REPORT" cat)"
same "the report goes to stderr, apart from stdout" "hello" "$("$TTRACE" echo hello 2>"$TMP/err")"
contains "the report on stderr" 'ttrace: .*no findings' "$TMP/err"
# shellcheck disable=SC2016
same "no open file of ttrace in the target" "$(bash -c 'ls /proc/self/fd | wc -l')" \
	"$("$TTRACE" -o "$REPORT" bash -c 'ls /proc/self/fd | wc -l')"
same "a daemon that is left behind: status of the command" 3 \
	"$(trace sh -c 'setsid sleep 1 >/dev/null 2>&1 & exit 3')"
same "the exit status in the report" '{"code":null,"signal":"SIGKILL"}' \
	"$(trace "$program" die >/dev/null; jq -c .run.exit "$REPORT")"
status=$(trace --clock $fake --timeout 1s "$program" busy)
same "--timeout: a target that stops all the time" "143 SIGTERM true" \
	"$status $(jq -r '"\(.run.exit.signal) \(.run.duration_s < 20)"' "$REPORT")"
status=$(trace --timeout 1s sh -c 'trap "" TERM; while :; do sleep 0.2; done')
same "--timeout: a target that ignores TERM" "137 SIGKILL" "$status $(jq -r .run.exit.signal "$REPORT")"
status=$(trace --timeout 1s sleep 60)
same "--timeout: an obedient target" "143 SIGTERM" "$status $(jq -r .run.exit.signal "$REPORT")"

# Terminals.
# The programs that are stopped do not fork meanwhile: a child of vfork that is stopped before its
# execve keeps its parent from stopping, without a tracer too.
# on_terminal NAME PATTERN COMMAND...: the terminal, driven by the steps on stdin, shows PATTERN.
on_terminal() {
	local name=$1 pattern=$2
	shift 2
	timeout -s KILL 120 python3 "$SOURCE/tests/programs/terminal.py" "$@" >"$TMP/terminal" 2>&1 || true
	contains "$name" "$pattern" "$TMP/terminal"
}

# shellcheck disable=SC2016
job='trap "echo resumed" CONT; echo begun; while :; do sleep 0.1; done'
export TERM=dumb   # no escape sequences
shell=(bash --norc --noprofile -i)
on_terminal "an interactive shell under ttrace: Ctrl-Z, fg, Ctrl-C" '^result-2$' \
	"$TTRACE" --clock $fake -o "$REPORT" "${shell[@]}" <<END
expect bash-.*[#$]
send bash -c '$job'
expect begun\n
key Z
expect Stopped
expect bash-.*[#$]
send fg
expect resumed\n
key C
expect bash-.*[#$]
send echo result-\$((1+1))
expect result-2
send exit
wait
END
on_terminal "ttrace as a job: Ctrl-Z, fg, Ctrl-C" '^result-130$' "${shell[@]}" <<END
expect bash-.*[#$]
send $TTRACE --clock $fake -o $REPORT bash -c '$job'
expect begun\n
key Z
expect Stopped
expect bash-.*[#$]
send fg
expect resumed\n
key C
expect bash-.*[#$]
send echo result-\$?
expect result-
send exit
wait
END
on_terminal "ttrace as a job: stopped, then continued in the background" '^second$' "${shell[@]}" <<END
expect bash-.*[#$]
send $TTRACE -o $REPORT sh -c 'sh -c "echo first; exec sleep 1"; echo second'
expect first\n
key Z
expect Stopped
expect bash-.*[#$]
send bg; wait; exit
wait
END
on_terminal "Ctrl-C reaches the target, which handles it" '^status 3$' \
	"$TTRACE" -o "$REPORT" sh -c 'trap "echo caught; exit 3" INT; echo begun; while :; do sleep 0.1; done' <<END
expect begun
key C
expect caught
wait
END
rm -f "$REPORT"
on_terminal "a second Ctrl-C ends both" '^status 137$' \
	"$TTRACE" -o "$REPORT" sh -c 'trap "echo ignored" INT; echo begun; while :; do sleep 0.1; done' <<END
expect begun
key C
expect ignored
key C
wait
END
check "a second Ctrl-C: the report is written" jq -e .run.exit "$REPORT"
on_terminal "the terminal is usable by a full-screen program" '24 80' \
	"$TTRACE" -o "$REPORT" sh -c 'stty rows 24 cols 80; stty size' <<END
wait
END

# Deaths.
"$TTRACE" -o "$REPORT" sh -c 'sleep 1000 & sh -c "sleep 1000 & wait" & wait' </dev/null >"$TMP/out" 2>&1 &
tracer=$!
for _ in {1..200}; do
	mapfile -t targets < <(descendants $tracer)
	[ ${#targets[@]} -lt 4 ] || break
	sleep 0.05
done
kill -KILL $tracer
wait $tracer 2>/dev/null || true
check "SIGKILL of ttrace ends its ${#targets[@]} targets" gone "${targets[@]}"

"$TTRACE" "$program" kill_tracer </dev/null >"$TMP/out" 2>&1 &
tracer=$!
wait $tracer 2>/dev/null || true
# shellcheck disable=SC2046
check "a target that kills its tracer dies with it" gone $(pgrep -f "^$program kill_tracer" || true)

# Processes that are killed from outside while they fork, execute, stat and read the time.
# shellcheck disable=SC2016
storm='n=0; while :; do n=$((n + 1)); (date; stat /; : | cat) >/dev/null 2>&1 & [ $((n % 8)) != 0 ] || wait; done'
root_options=()
[ "$(id -u)" != 0 ] || [ ! -x "$ROOT/usr/bin/sudo" ] || root_options=(--root "$ROOT")
for shell_program in sh "busybox sh"; do
	[ "$shell_program" = sh ] || [ ${#root_options[@]} -gt 0 ] || continue
	# shellcheck disable=SC2086
	"$TTRACE" "${root_options[@]}" --clock 2038-01-19 -o "$REPORT" $shell_program -c "$storm" \
		</dev/null >"$TMP/out" 2>&1 &
	tracer=$!
	for _ in {1..150}; do
		sleep 0.02
		mapfile -t targets < <(descendants $tracer | tail -n +2)
		[ ${#targets[@]} -gt 0 ] || continue
		kill -KILL "${targets[RANDOM % ${#targets[@]}]}" 2>/dev/null || true
	done
	check "random deaths: ttrace still runs ($shell_program)" kill -0 $tracer
	mapfile -t targets < <(descendants $tracer)
	kill -KILL "${targets[0]}"
	(sleep "$DEADLINE" && kill -KILL $tracer) 2>/dev/null &
	watchdog=$!
	status=0
	wait $tracer 2>/dev/null || status=$?
	pkill -P $watchdog 2>/dev/null || true
	kill $watchdog 2>/dev/null || true
	same "random deaths: exit status ($shell_program)" 137 "$status"
	check "random deaths: nothing is left ($shell_program)" gone "${targets[@]}"
	check "random deaths: the report is whole ($shell_program)" jq -e .run.exit "$REPORT"
	rm -f "$REPORT"
done

# Tracers under ttrace.
same "strace under ttrace: it runs" 4 "$(trace strace -o /dev/null sh -c 'exit 4')"
contains "strace under ttrace: it is said to be untraced" 'strace is itself a tracer.*untraced' "$TMP/err"
same "gdb under ttrace: it runs" 0 "$(trace gdb --version)"
contains "gdb under ttrace: it is said to be untraced" 'gdb is itself a tracer.*untraced' "$TMP/err"
same "strace inside a shell: the shell goes on" 0 \
	"$(trace --timeout 60s sh -c 'strace -o /dev/null true; echo after')"
contains "strace inside a shell: what follows is run" '^after$' "$TMP/out"
contains "strace inside a shell: the report says why it failed" 'cannot be nested' "$REPORT"

# What each short program costs: its making, its own first stop, its exec, its end, and its parent's
# SIGCHLD. That its loader looks at its libraries stops in the first of a run alone.
stops_of() { trace --clock 2037-12-31 sh -c "for i in $(seq -s ' ' "$1"); do /bin/true; done" >"$TMP/status" && jq .run.stops "$REPORT"; }
few=$(stops_of 2)
many=$(stops_of 12)
check "ten short programs more: $((many - few)) stops" [ $((many - few)) = 50 ]

# Many processes.
# shellcheck disable=SC2016
"$TTRACE" -o "$REPORT" sh -c 'for i in $(seq 100); do sleep 1000 & done; wait' </dev/null >"$TMP/out" 2>&1 &
tracer=$!
for _ in {1..400}; do
	[ "$(descendants $tracer | wc -l)" -lt 101 ] || break
	sleep 0.05
done
resident=$(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$tracer/status)
check "100 live processes: ${resident} kB are less than 64 MiB" [ "$resident" -lt 65536 ]
mapfile -t targets < <(descendants $tracer)
kill -KILL $tracer
wait $tracer 2>/dev/null || true
check "100 live processes end with ttrace" gone "${targets[@]}"
