#!/bin/bash
# Programs with no handlers, or with some, and with children, met by each signal that dumps core at
# twenty of their system calls, spread over all that they do: every one ends as it does when strace
# puts the same signal at the same call, without ttrace; its story is told, nothing hangs, and nothing
# is left. They cannot be told to take a name, and are started by links that have it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
need_command strace
. "$SOURCE/tests/matrix.sh"
cd "$TMP" || exit

# natively ROOT WHAT FILE COMMAND...: see that script.
natively() { NATIVE_ROOT=$1 unshare ${1:+-m} bash "$SOURCE/tests/natively.sh" "${@:2}"; }
# own_calls FILE: of the calls of a process those that ttrace and strace count the same, "NAME NTH" a
# line: from its program's start, and none that its children make while they have its name. Left out
# is also what differs from run to run (how often it waits, how many descriptors it closes), what
# strace lets be made in spite of the signal (exit), and sockets, for which i386 has a call of its own.
own_calls() {
	local uneven='^(p?poll|p?select|epoll|wait|close|exit|rt_sigreturn'
	uneven+='|socket|connect|bind|send|recv|getsock|setsock|getpeer)'
	awk -v uneven="$uneven" '{ pid = $1; name = $2; sub(/\(.*/, "", name) }
		NR == 1 { main = pid }
		NR == FNR && name == "execve" { execs[pid]++; next }
		name == "execve" { seen[pid]++; next }
		name !~ /^[a-z_0-9]+$/ || name ~ uneven { next }
		NR == FNR { if (pid != main && !execs[pid]) child[name] = 1; next }
		pid == main && seen[pid] == execs[pid] { n[name]++; if (!(name in child)) print name, n[name] }' \
		"$1" "$1"
}
# spread FILE: POINTS of its lines.
spread() {
	awk -v count="$(wc -l <"$1")" -v points=$POINTS \
		'int(NR * points / count) > int((NR - 1) * points / count)' "$1"
}

# shellcheck disable=SC2016  # the target's own
by_link='n=1; program=$(command -v "$1"); shift; export GNUPGHOME=$(mktemp -d); cd "$GNUPGHOME"
	while [ $n -le '$POINTS' ]; do ln -sf "$program" p$n; ./p$n "$@" >/dev/null 2>&1 </dev/null; echo $?
	n=$((n + 1)); done; rm -rf "$GNUPGHOME"'
# meet NAME SIGNAL POINTS_FILE ROOT COMMAND...: a cell; ROOT may be empty.
meet() {
	local name=$1 signal=$2 points=$3 root=$4 rules=() n=0 call nth
	shift 4
	while read -r call nth; do
		n=$((n + 1))
		rules+=(--crash "$signal:p$n@syscall:$call:$nth")
	done <"$points"
	natively "$root" "$signal" "$points" "$@" >expected 2>/dev/null
	trace --timeout 50s ${root:+--root "$root"} "${rules[@]}" sh -c "$by_link" sh "$@" >/dev/null
	same "$name, $signal: status as without ttrace, at each point" \
		"$(paste -d' ' "$points" expected)" "$(paste -d' ' "$points" out)"
	told_each "$name" "$signal"
}
# meets NAME ROOT COMMAND...: for each signal.
meets() {
	local name=$1 root=$2 signal points
	points=$TMP/points.$(tr -c 'a-z0-9\n' _ <<<"$1")
	natively "$root" list "$points.log" "${@:3}"
	own_calls "$points.log" >"$points.all"
	spread "$points.all" >"$points"
	same "$name: there are as many points" $POINTS "$(wc -l <"$points")"
	for signal in SEGV ABRT BUS FPE ILL SYS TRAP QUIT; do
		cell meet "$name" "$signal" "$points" "$root" "${@:3}"
	done
}

! command -v sudo >/dev/null || meets sudo "" sudo ls /
! command -v dirmngr >/dev/null || meets dirmngr "" dirmngr --server
if [ "$(id -u)" = 0 ] && [ -x "$ROOT/usr/bin/sudo" ]; then
	meets "sudo, i386" "$ROOT" sudo ls /
	meets "dirmngr, i386" "$ROOT" dirmngr --server
else
	skip "i386 programs" "no i386 root file system, or not root"
fi
end_cells "points"
