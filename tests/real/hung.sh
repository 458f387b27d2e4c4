#!/bin/bash
# process.hung: whatever a thread is blocked in when the time is up, and who is at the other end.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq

# hung NAME FILTER COMMAND...: ok if some process.hung of COMMAND, ended after a second, is so.
hung() {
	local name=$1 filter=$2
	shift 2
	trace --timeout 1s "$@" >/dev/null
	has "$name" ".id == \"process.hung\" and .level == \"error\" and ($filter)"
}

for build in x86-64 i386; do
	flags=()
	[ $build = x86-64 ] || flags=(-m32)
	if ! program=$(compile "${flags[@]}" hang); then
		skip "hung: $build" "it cannot be built here"
		continue
	fi
	hung "hung: $build: a mutex names its holder" '(.syscall.name | startswith("futex"))
		and (.message | test("waiting for the lock at 0x[0-9a-f]+, which thread [0-9]+ holds"))
		and .process.tid == .process.pid and any(.stack[]; .function == "hang_in_mutex")' "$program" mutex
	holder=$(jq -r '.findings[] | select(.syscall.name == "pause" or .syscall.name == "ppoll")
		| .process.tid' "$REPORT")
	contains "hung: $build: ... rightly" "which thread $holder holds" "$REPORT"
	hung "hung: $build: one with priority inheritance, too" \
		'.message | test("the lock at 0x[0-9a-f]+, which thread [0-9]+ holds")' "$program" pi-mutex
	hung "hung: $build: a record lock names its file and holder" \
		'(.syscall.name | startswith("fcntl")) and (.message | test("the lock on .*/lock, which hang.*\\[[0-9]+\\] has"))' \
		"$program" fcntl "$TMP/lock"
	hung "hung: $build: a lock of an open file" \
		'(.syscall.name | startswith("fcntl")) and (.message | test("the lock on .*/lock, which hang.*\\[[0-9]+\\] has"))' \
		"$program" ofd "$TMP/lock"
	hung "hung: $build: an unnamed socket names the process at its other end" \
		'.syscall.name == "read" and (.message | test("a unix socket, whose other end hang.*\\[[0-9]+\\] has"))' \
		"$program" socketpair
done
hung "hung: flock names its file and holder" \
	'.syscall.name == "flock" and (.message | test("the lock on .*/lock2, which flock\\[[0-9]+\\] has"))' \
	flock "$TMP/lock2" flock "$TMP/lock2" true
