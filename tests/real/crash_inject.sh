#!/bin/bash
# --crash: a signal at a chosen moment, into real programs of all kinds; and what cannot be done is
# said.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
cd "$TMP" || exit
ulimit -S -c 0

# shellcheck disable=SC2016  # jq's own variable
# limit_says NAME PATTERN: the report's notes have such a sentence.
limit_says() { check "$1" jq -e --arg p "$2" '.run.limits | any(test($p))' "$REPORT"; }
is_injected='.id == "crash.signal" and .crash.injected'

for flags in "" -m32 "-m32 -static"; do
	# shellcheck disable=SC2086  # flags are words
	build_or_skip "inject gcc $flags" $flags crashes || continue
	name="inject, gcc $flags"
	for signal in SEGV BUS FPE ILL ABRT SYS TRAP QUIT XCPU; do
		number=$(kill -l $signal)
		same "$name: $signal at a function: status" $((128 + number)) \
			"$(trace --crash "$signal@function:handle" "$program" quiet)"
		has "$name: $signal at a function: there" \
			"$is_injected and .crash.signal == \"SIG$signal\" and .stack[0].function == \"handle\""
	done
	has "$name: one that came from no process" '.crash.sender == null'
	trace --crash SEGV@function:handle:2 "$program" quiet >/dev/null
	has "$name: at the second call of a function" "$is_injected and .crash.code == \"SEGV_MAPERR\"
		and .crash.address == \"0x0\" and .crash.handler == \"h_raise\""
	same "$name: at a system call" 136 "$(trace --crash FPE@syscall:write "$program" handled)"
	has "$name: at a system call: there" "$is_injected and .crash.code == \"FPE_INTDIV\"
		and .crash.address == .crash.registers[if .process.abi == \"i386\" then \"eip\" else \"rip\" end]"
	same "$name: at a system call: it was not made" "" "$(cat out)"
	same "$name: at a system call that ends the process" 139 \
		"$(trace --crash SEGV@syscall:exit_group "$program" quiet 3)"
	same "$name: at a time" 139 "$(trace --crash SEGV:sleeper-1@100ms "$program" sleepers)"
	has "$name: at a time, in a thread of a name" \
		"$is_injected and .process.pid != .process.tid and any(.stack[]; .function == \"sleeper\")"
	same "$name: in a child of the handler" 45 \
		"$(trace --crash ABRT:echo@syscall:write "$program" exec)"
done

# A returning handler: what follows is as without the crash.
cat >returns.c <<'C'
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static void h(int sig) { (void)sig; }
int main(void) {
	signal(SIGSEGV, h);
	for (int i = 0; i < 3; i++) dprintf(1, "line %d\n", i);
	return 0;
}
C
for flags in "" -m32; do
	# shellcheck disable=SC2086
	gcc $flags -o returns returns.c 2>/dev/null || continue
	trace --crash SEGV@syscall:write:2 ./returns >/dev/null
	same "inject: a handler returns, and the call is made after all, gcc $flags" \
		$'line 0\nline 1\nline 2' "$(cat out)"
	has "inject: ... as the story says" '.crash.outcome == "it returned"'
done

# A child that a handler has forked, at a function that only it calls.
for flags in "" -m32; do
	# shellcheck disable=SC2086
	build_or_skip "inject: in a forked child, gcc $flags" $flags -O0 samples/crash_like_systemd || continue
	trace --crash ABRT@function:die_in_its_place env CRASH_DIR=. "$program" >/dev/null
	# shellcheck disable=SC2016  # jq's own
	check "inject: in a forked child, gcc $flags" jq -e '.findings[] | select(.id == "crash.signal")
		| .process.pid as $pid | .crash.steps | any(.kind == "signal" and .pid != $pid
			and (.text | contains("SIGABRT, put there by --crash, in die_in_its_place")))' "$REPORT"
done

# Programs of other kinds.
same "inject: a shell that is busy" 139 "$(trace --crash SEGV@100ms sh -c 'while :; do :; done')"
same "inject: a program by its name, under a shell" "139" \
	"$(trace --crash SEGV:sleep@100ms sh -c 'sleep 9; exit $?')"
has "inject: ... the program, not the shell" "$is_injected and .process.comm == \"sleep\""
same "inject: a library's function" 134 "$(trace --crash ABRT@function:setlocale ls /)"
same "inject: no other signal is a crash" 143 "$(trace --crash TERM@100ms sleep 9)"
no_findings "inject: ... and none is told"

# What cannot be.
same "inject: too few calls: status" 0 "$(trace --crash SEGV@syscall:write:99 echo x)"
limit_says "inject: too few calls are counted" '^--crash SEGV@syscall:write:99 was never applied: write was called 1 time$'
trace --crash SEGV@function:nosuchfunction echo x >/dev/null
limit_says "inject: no such function" "no program or library of the run has a function 'nosuchfunction'"
trace --crash SEGV@30s true >/dev/null
limit_says "inject: too late" 'the command had ended by then'
trace --crash SEGV:nosuch@0s true >/dev/null
limit_says "inject: no such thread" "no thread was called 'nosuch'"
for rule in SEGV SEGX@1s SEGV@soon SEGV@syscall:nosuch SEGV@syscall: SEGV@syscall:write:0 \
	SEGV@function: 0@1s 99@1s SEGV:@1s @; do
	same "inject: $rule is refused" 125 "$(trace --crash "$rule" true)"
	contains "inject: $rule is refused with a hint" '^ttrace: hint: .' "$TMP/err"
done
