#!/bin/bash
# kill -9 of ttrace at any moment of an attach: the process goes on. Its threads are blocked in every
# kind of call, read the clock, and make children; what it makes of all this, it says at its end. Only
# a call that any stop may end with EINTR does so, where nobody is left to have it made again.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
. "$SOURCE/tests/attach.sh"
need_root
need_command python3
MOMENTS=${MOMENTS:-25}   # of each kind: a hundred in all

# kill_often OPTION...: attaches to "$target" and is killed, again and again, at moments spread at random
# over the attach and what follows it.
kill_often() {
	for ((i = 0; i < MOMENTS; ++i)); do
		"$TTRACE" attach -q --no-stacks "$@" -p "$target" 2>/dev/null &
		local tracer=$!
		sleep "0.$(printf %03d $((RANDOM % (i % 2 == 0 ? 100 : 400))))"
		kill -KILL $tracer
		wait $tracer 2>/dev/null || true
		[ -e "/proc/$target/maps" ] || break
	done
}

# A mapping that was made and not yet used may stay: nothing leads there.
code_of() { state_of "$1" | grep -v ' 00:00 0 *$'; }

for build in x86-64 i386; do
	flags=()
	[ $build = x86-64 ] || flags=(-m32)
	if ! program=$(compile "${flags[@]}" attached); then
		skip "attach_kill: $build" "it cannot be built here"
		continue
	fi
	start_attached "$program" patient
	before=$(code_of "$target")
	kill_often
	same "attach_kill: $build: nothing is left of it" "$before" "$(code_of "$target")"
	kill_often --clock +1y
	same "attach_kill: $build: the next one cleans up" 0 "$(attach 1 --no-stacks -p "$target")"
	same "attach_kill: $build: ... what it left in the code" "$before" "$(code_of "$target")"
	end_attached "attach_kill: $build: it survives, and works"
done
