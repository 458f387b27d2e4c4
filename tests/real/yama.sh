#!/bin/bash
# Yama's four scopes, as doctor, attach and a run tell of them. The kernel's own setting is left alone:
# in mounts of this script another file stands in its place, and where Yama would refuse, a filter does.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_root
need_command jq
if [ -z "${TTRACE_OWN_MOUNTS:-}" ]; then
	unshare -m true 2>/dev/null || skip_all "mounts cannot be made apart here"
	rm -rf "$TMP"
	TTRACE_OWN_MOUNTS=1 exec unshare -m bash "$0"
fi
gcc -o "$TMP/refuse" "$SOURCE/tests/programs/refuse.c" -lseccomp
chmod 755 "$TMP"
mkdir -m 777 "$TMP/open"
cp "$TTRACE" "$TMP/open/ttrace"
REPORT=$TMP/open/r.json

# All of the folder is stood in for: a kernel without Yama has no place for the file.
cp -r /proc/sys/kernel "$TMP/kernel" 2>/dev/null || true   # some of it is not to be read
mkdir -p "$TMP/kernel/yama"
mount --bind "$TMP/kernel" /proc/sys/kernel
trap 'umount /proc/sys/kernel; finish' EXIT
scope_is() {
	rm -f "$TMP/kernel/yama/ptrace_scope"
	echo "$1" >"$TMP/kernel/yama/ptrace_scope"
}
user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
# refused COMMAND...: by an ordinary user, to whom ptrace is refused.
refused() { user "$TMP/refuse" ptrace timeout -s KILL "$DEADLINE" "$@"; }
doctor() { status_of "$@" "$TMP/open/ttrace" doctor -f json; }
# says NAME STATE SEEN MEND: what the last doctor says of ptrace, where MEND is "-" for nothing.
says() {
	same "$1: doctor" "$2|$3|$4" "$(jq -r '.checks[] | select(.name == "ptrace") | "\(.state)|\(.seen)|\(.mend // "-")"' "$TMP/out")"
}

setpriv --reuid=65534 --regid=65534 --clear-groups sleep 1000 &   # no function: $! is to be this
target=$!
# attach_refused NAME HINT COMMAND...: COMMAND runs ttrace, which may not attach and says why.
attach_refused() {
	same "$1: attach" 125 "$(status_of "${@:3}" "$TMP/open/ttrace" attach -p $target)"
	contains "$1: attach, why" 'cannot attach to .*: Operation not permitted' "$TMP/err"
	same "$1: attach, what to do" "ttrace: hint: $2" "$(grep hint "$TMP/err")"
}
as_root="run ttrace as root, or \`sudo sysctl kernel.yama.ptrace_scope"

scope_is 0
doctor user >/dev/null
says 0 fine "allowed (kernel.yama.ptrace_scope = 0)" -
same "0: auto is ptrace" "0 ptrace" "$(status_of user "$TMP/open/ttrace" -o "$REPORT" true) $(jq -r .run.engine "$REPORT")"

scope_is 1
doctor user >/dev/null
says 1 limited "allowed on what ttrace starts (kernel.yama.ptrace_scope = 1)" "${as_root}=0\`"
rm "$REPORT"
same "1: auto is ptrace" "0 ptrace" "$(status_of user "$TMP/open/ttrace" -o "$REPORT" true) $(jq -r .run.engine "$REPORT")"
attach_refused 1 "kernel.yama.ptrace_scope is 1: an ordinary user may trace only what they start themselves; ${as_root}=0\`" refused
doctor env >/dev/null
says "1, root" fine "allowed (kernel.yama.ptrace_scope = 1)" -

scope_is 2
same "2: doctor's status" 1 "$(doctor refused)"
says 2 missing "Operation not permitted (kernel.yama.ptrace_scope = 2)" "${as_root}=1\`"
attach_refused 2 "kernel.yama.ptrace_scope is 2: only root may trace; ${as_root}=1\`" refused
same "2: --engine ptrace" 125 "$(status_of refused "$TMP/open/ttrace" --engine ptrace true)"
contains "2: --engine ptrace, what to do" 'hint: kernel.yama.ptrace_scope is 2: only root may trace; run ttrace as root' "$TMP/err"
doctor env >/dev/null
says "2, root" fine "allowed (kernel.yama.ptrace_scope = 2)" -
rm "$REPORT"
same "2, root: auto is ptrace" "0 ptrace" "$(status_of "$TTRACE" -o "$REPORT" true) $(jq -r .run.engine "$REPORT")"

scope_is 3
same "3: doctor's status" 1 "$(doctor refused)"
never="boot the machine again without it: it cannot be lowered"
says 3 missing "Operation not permitted (kernel.yama.ptrace_scope = 3)" "$never"
attach_refused 3 "kernel.yama.ptrace_scope is 3: nobody may trace; $never" refused
same "3, root: doctor's status" 1 "$(doctor "$TMP/refuse" ptrace)"
says "3, root" missing "Operation not permitted (kernel.yama.ptrace_scope = 3)" "$never"
attach_refused "3, root" "kernel.yama.ptrace_scope is 3: nobody may trace; $never" "$TMP/refuse" ptrace
kill $target

# past_2038 SCOPE COMMAND...: a run by an ordinary user, whose engine is not asked for.
past_2038() {
	scope_is "$1"
	rm -f "$REPORT"
	status_of refused "$TMP/open/ttrace" -o "$REPORT" --clock 2038-01-19 "${@:2}" >"$TMP/status"
	contains "$1: auto says that ptrace cannot be used, and why" \
		"^ttrace: ptrace cannot be used here \(ptrace: Operation not permitted; kernel.yama.ptrace_scope is $1: .*\): --engine preload is" "$TMP/err"
	same "$1: ... and is preload" preload "$(jq -r .run.engine "$REPORT")"
}
if [ -x "$ROOT/usr/bin/sudo" ]; then
	# The root's dynamic programs by its own loader: an ordinary user can enter it in no other way.
	libraries=$ROOT/lib/i386-linux-gnu:$ROOT/usr/lib/i386-linux-gnu
	for scope in 2 3; do
		past_2038 $scope "$ROOT/lib/ld-linux.so.2" --library-path "$libraries" "$ROOT/bin/busybox" date
		has "$scope: busybox date of i386" '.id == "time.eoverflow" and .level == "error" and .process.abi == "i386"
			and .api.function == "time" and .api.result == -1 and .api.errno == "EOVERFLOW" and .api.confirmed'
		past_2038 $scope "$ROOT/lib/ld-linux.so.2" --library-path "$libraries" "$ROOT/usr/bin/perl" -e 'print time'
		same "$scope: perl of i386 is told no time" 18446744073709551615 "$(cat "$TMP/out")"
		has "$scope: perl of i386" '.id == "time.eoverflow" and .process.abi == "i386" and .api.function == "time"
			and .api.confirmed and any(.stack[]; .function == "Perl_pp_time")'
	done
else
	skip "programs of the i386 root" "no i386 root file system at $ROOT"
fi
