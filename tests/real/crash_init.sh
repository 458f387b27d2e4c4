#!/bin/bash
# --init: a command as PID 1 of namespaces of its own, crashed there; the machine notices nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_root
need_command jq
cd "$TMP" || exit
ulimit -S -c 0

host=$(hostname)
# shellcheck disable=SC2016  # the target's own
trace --init sh -c 'echo $$; hostname elsewhere; hostname; readlink /proc/1/exe | grep -c sh' >/dev/null
same "init: PID 1, a name and a /proc of its own" "1 elsewhere 1" "$(tr '\n' ' ' <out | sed 's/ $//')"
same "init: the machine's name stays" "$host" "$(hostname)"
pattern=$(cat /proc/sys/kernel/core_pattern)
trace --init sh -c 'echo "|/bin/false" >/proc/sys/kernel/core_pattern' >/dev/null
same "init: the machine's settings cannot be changed" "$pattern" "$(cat /proc/sys/kernel/core_pattern)"
contains "init: ... since they are read-only" 'Read-only file system' err
trace --init sh -c 'mkdir /sys/fs/cgroup/x /sys/fs/cgroup/*/x' >/dev/null
check "init: nor its control groups" [ ! -e /sys/fs/cgroup/x ]
mounts=$(wc -l </proc/self/mounts)
# What it leaves behind ends with it.
trace --init sh -c 'sleep 1000 & sleep 1000 & exit 4' >"$TMP/status"
same "init: its children end with it" 4 "$(cat "$TMP/status")"
same "init: no mount is left" "$mounts" "$(wc -l </proc/self/mounts)"

for flags in "" -m32 "-m32 -static"; do
	# shellcheck disable=SC2086  # flags are words
	if ! program=$(compile $flags crashes); then
		skip "init gcc $flags" "it cannot be built here: $(head -1 "$TMP/.cc")"
		continue
	fi
	name="init, gcc $flags"
	# A traced PID 1 would survive its own fault, and fault for ever.
	same "$name: a fault" 139 "$(trace --init "$program" fault)"
	has "$name: a fault is told" '.id == "crash.signal" and .crash.address == "0x0"
		and .stack[0].function == "fault"'
	same "$name: a signal that it sends itself is ignored" 0 "$(trace --init "$program" kill 11)"
	no_findings "$name: ... and no crash"
	same "$name: its handler exits" 42 "$(trace --init "$program" exit)"
	same "$name: its handler is given back, and it faults again" 139 "$(trace --init "$program" return)"
	same "$name: --crash" 139 "$(trace --init --crash SEGV@function:handle "$program" quiet)"
	same "$name: its child's own crash" 139 "$(trace --init sh -c "'$program' fault; exit \$?")"
done
same "init: a shell with a trap" 9 \
	"$(trace --init --crash SEGV@100ms sh -c 'trap "exit 9" SEGV; while :; do :; done')"
sample=$SOURCE/samples/crash_like_systemd.c
for flags in "" -m32; do
	# shellcheck disable=SC2086
	gcc -g $flags -w -o model "$sample" 2>/dev/null || continue
	trace --init env CRASH_DIR="$TMP" ./model >/dev/null
	child=$(jq -r '.findings[] | select(.id == "crash.signal") | .crash.steps[]
		| select(.kind == "fork") | .text' "$REPORT" | grep -o '[0-9]*$')
	# shellcheck disable=SC2016  # jq's own
	check "init: systemd's way, gcc $flags: the child is the one that is waited for" \
		jq -e --arg c "$child" '[.findings[].crash.steps[]? | select(.kind == "wait")
			| .text | startswith("sees that \($c) was killed by SIGSEGV")] | any' "$REPORT"
done
if [ -x "$ROOT/usr/bin/busybox" ] || [ -x "$ROOT/bin/busybox" ]; then
	same "init: busybox in the i386 root" 139 \
		"$(trace --root "$ROOT" --init --crash SEGV@syscall:umask busybox sh -c 'umask 022; sleep 9')"
	has "init: ... is told" '.crash.injected and .process.abi == "i386"'
fi

# A real systemd as PID 1. Without control groups of its own it ends as it starts up, by when its
# crash handler stands: there it is crashed.
if [ -x "$ROOT/lib/systemd/systemd" ]; then
	trace --root "$ROOT" --init --timeout 20s --crash SEGV:systemd@syscall:exit_group \
		/lib/systemd/systemd >/dev/null
	has "init: systemd, i386: its handler" '.id == "crash.handler" and .process.abi == "i386"
		and (.crash.handler_flags | contains(["SA_NODEFER"]))'
	story='.id == "crash.signal" and ([.crash.steps[].text] | '
	has "init: systemd, i386: it forks" "$story any(test(\"^handler .* forks [0-9]+$\")))"
	has "init: systemd, i386: its child dies in its place" \
		"$story any(test(\"^[0-9]+ restores SIG_DFL for SIGSEGV$\"))
			and any(test(\"^[0-9]+ raises SIGSEGV by kill\")))"
	has "init: systemd, i386: it waits for that" "$story any(test(\"^sees that [0-9]+ was killed\")))"
	has "init: systemd, i386: the core's fate" '.id | startswith("crash.core-")'
	trace --root "$ROOT" --init --timeout 20s --crash SEGV:systemd@syscall:exit_group \
		--core-pattern '|/lib/systemd/systemd-coredump %P %u %g %s %t %c %h' /lib/systemd/systemd >/dev/null
	has "init: systemd, i386: systemd-coredump cannot reach its PID 1" '.id == "crash.core-lost"
		and (.message | contains("the socket at /run/systemd/coredump"))'
else
	skip "init: systemd" "no systemd in the i386 root file system"
fi
