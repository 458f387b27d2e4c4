#!/bin/bash
# Crashes under the preload engine: the program notices nothing, and the findings are those of the
# ptrace engine, but for what is listed here.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
cd "$TMP" || exit
ulimit -S -c 0

# What this engine gives otherwise, and why; by the word of tests/programs/crashes.c.
declare -A differs=(
	[overflow]="no handler of the library's can run on a full stack: the signal is known from the status alone"
	[nostack]="no handler of the library's can run on a full stack: the signal is known from the status alone"
	[recurse]="a fault while its signal is blocked ends the program without another word"
	[settings]="after prctl(PR_SET_SECCOMP) the library makes no system calls in the handler's way"
	[confine]="after seccomp(2), too"
	[printf]="what the C library writes by itself is not seen"
	[exec]="the status of the child is known, which wait(NULL) does not ask for"
)

# findings_told: what the report says, without what differs from run to run. The kernel's own way
# into a system call is not in a stack that was copied.
findings_told() {
	jq -r '.findings[] | "\(.level) \(.id) \(.message) | \([.stack[] | select(.module != "[vdso]") | .function] | join(" "))"' "$REPORT" |
		sed -E 's/0x[0-9a-f]{5,}/ADDRESS/g; s/\[[0-9]+\]/[PID]/g; s/\b[0-9]{3,}\b/N/g; s/at [0-9.]+ s/at T/'
}

for build in x86-64 i386; do
	flags=()
	[ $build = x86-64 ] || flags=(-m32)
	if ! gcc "${flags[@]}" -O0 -g -w -o "crashes.$build" "$SOURCE/tests/programs/crashes.c" -lpthread 2>/dev/null; then
		skip "crashes $build" "they cannot be built here"
		continue
	fi
	gcc "${flags[@]}" -O1 -g -w -o "handlers.$build" "$SOURCE/tests/programs/handlers.c"
	for first in "" inherit; do
		"./handlers.$build" $first >plain.out
		same "handlers $build $first: status" 0 "$(trace --engine preload "./handlers.$build" $first)"
		same "handlers $build $first: all that a program can ask" "$(cat plain.out)" "$(cat out)"
	done
	for word in fault "kill 6" "kill 3" abort denied bus ud2 int3 divide threads overflow onstack nostack settings confine \
		jump nodump nolimit exit return raise recurse printf exec "handled 11" "handled 3" quiet; do
		# shellcheck disable=SC2086  # a word, and a number
		status=$(trace --engine ptrace "./crashes.$build" $word)
		findings_told >ptrace.told
		cp out ptrace.out
		# shellcheck disable=SC2086
		same "$word $build: status" "$status" "$(trace --engine preload "./crashes.$build" $word)"
		same "$word $build: output" "$(cat ptrace.out)" "$(cat out)"
		findings_told >preload.told
		if [ -z "${differs[$word]:-}" ]; then
			same "$word $build: findings" "$(cat ptrace.told)" "$(cat preload.told)"
		elif cmp -s ptrace.told preload.told; then
			not_ok "$word $build: findings" "the engines agree, but a difference is listed"
		else
			ok "$word $build: findings differ: ${differs[$word]}"
		fi
	done
done

# What ended in a way that was not foreseen is not called by another name.
trace --engine preload ./crashes.x86-64 overflow >/dev/null
has "a full stack: the signal is told" '.id == "crash.signal" and .crash.signal == "SIGSEGV" and .stack == []'
trace --engine preload sh -c './crashes.x86-64 abort; ./crashes.x86-64 exit; exit 3' >/dev/null
has "children crash: one by abort()" '.id == "crash.signal" and .crash.signal == "SIGABRT"'
has "children crash: the other ends by its handler" '.id == "crash.signal" and (.message | test("h_exit\\(\\): it exited"))'

# Where a core can be kept, it is.
if [ "$(cat /proc/sys/kernel/core_pattern)" = core ] && (ulimit -S -c unlimited) 2>/dev/null; then
	ulimit -S -c unlimited
	trace --engine preload sh -c './crashes.x86-64 fault; true' >/dev/null
	has "a child's core is found" '.id == "crash.core-kept"'
	rm -f core core.*
else
	skip "a child's core is found" "core_pattern is not core, or cores are not allowed"
fi
