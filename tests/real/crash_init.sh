#!/bin/bash
# --init: a command as PID 1 of namespaces of its own, crashed there; the machine notices nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_root
need_command jq
only_one init-groups
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
# What an init, or a root shell, could do to the machine: none of it works, and nothing that covers
# the machine's own can be taken away.
cat >reach <<'SH'
umount /sys/fs/cgroup /dev /run /proc/sys /sys
mount -o remount,rw /sys
date -s 2001-01-01
swapoff -a
mknod /dev/disk b 8 0
ip link set lo down
find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -exec mkdir '{}/reached' \;
mkdir /sys/fs/cgroup/reached /run/reached
echo reached >/dev/reached
echo 0 >/proc/sys/vm/overcommit_memory
SH
before=$(date +%s)
trace --init sh reach >/dev/null
check "init: nor its clock" [ "$(date +%s)" -ge "$before" ]
same "init: nor its control groups, devices and /run" "" \
	"$(find /sys/fs/cgroup /dev /run -name reached 2>/dev/null)"
contains "init: ... as it has no power over them" 'date: cannot set date: Operation not permitted' err
if grep -q ^0: /proc/self/cgroup; then
	# shellcheck disable=SC2016  # the target's own
	trace --init sh -c 'mkdir -p /sys/fs/cgroup/a/b; echo $$ >/sys/fs/cgroup/a/b/cgroup.procs
		grep ^0: /proc/self/cgroup; sleep 1000 & exit 3' >"$TMP/status"
	same "init: control groups of its own" "0::/a/b 3" "$(tr '\n' ' ' <out)$(cat "$TMP/status")"
	same "init: ... which are removed" "" "$(left_groups)"
	status_of timeout -s KILL 1 "$TTRACE" --init sh -c 'mkdir /sys/fs/cgroup/x; sleep 9' >/dev/null
	trace --init true >/dev/null
	same "init: ... by the next, after a SIGKILL" "" "$(left_groups)"
else
	skip "init: control groups" "no cgroup2 here"
fi
same "init: a systemd needs a root" 125 "$(trace --init /lib/systemd/systemd)"
contains "init: ... as it says" 'would set up the files of this machine' err
# Nor may one come later, or under another name. (What is so called here does no harm.)
mkdir fake && cp "$(command -v touch)" fake/systemd && ln -s systemd fake/init
for way in "exec fake/systemd ran" "exec fake/init ran" "exec env fake/systemd ran" \
	"unshare --fork --pid fake/systemd ran"; do
	same "init: $way is refused" 125 "$(trace --init sh -c "$way")"
	contains "init: $way: it is said why" '^ttrace: --init .*/fake/systemd: it would set up the files of this machine' err
	check "init: $way: it has not run" [ ! -e ran ]
done
same "init: a systemd that is not PID 1 sets nothing up" 3 "$(trace --init sh -c 'fake/systemd ran; exit 3')"
check "init: ... and is run" [ -e ran ]
mounts=$(wc -l </proc/self/mounts)
# What it leaves behind ends with it.
trace --init sh -c 'sleep 1000 & sleep 1000 & exit 4' >"$TMP/status"
same "init: its children end with it" 4 "$(cat "$TMP/status")"
same "init: no mount is left" "$mounts" "$(wc -l </proc/self/mounts)"

for flags in "" -m32 "-m32 -static"; do
	# shellcheck disable=SC2086  # flags are words
	build_or_skip "init gcc $flags" $flags crashes || continue
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
for flags in "" -m32; do
	# shellcheck disable=SC2086
	build_or_skip "init: systemd's way, gcc $flags" $flags samples/crash_like_systemd || continue
	trace --init env CRASH_DIR="$TMP" "$program" >/dev/null
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
