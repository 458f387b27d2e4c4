#!/bin/bash
# kill -9 of ttrace at any moment of an attach: the process goes on. Its threads are blocked in every
# kind of call, read the clock, and make children; what it makes of all this, it says at its end.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
. "$SOURCE/tests/attach.sh"
need_root
need_command python3
MOMENTS=${MOMENTS:-25}   # of each kind: a hundred in all

# killed PROGRAM OPTION...: attaches and is killed, again and again, at moments spread at random over
# the attach and what follows it.
killed() {
	local program=$1
	shift
	start_attached "$program"
	for ((i = 0; i < MOMENTS; ++i)); do
		"$TTRACE" attach -q --no-stacks "$@" -p $target 2>/dev/null &
		local tracer=$!
		sleep "0.$(printf %03d $((RANDOM % (i % 2 == 0 ? 100 : 400))))"
		kill -KILL $tracer
		wait $tracer 2>/dev/null || true
		[ -e /proc/$target/maps ] || break
	done
	[ "$(sed -n 's/^TracerPid:.//p' "/proc/$target/status" 2>/dev/null)" = 0 ] || echo "# still traced, or gone"
}

for build in x86-64 i386; do
	flags=()
	[ $build = x86-64 ] || flags=(-m32)
	if ! program=$(compile "${flags[@]}" attached); then
		skip "attach_kill: $build" "it cannot be built here"
		continue
	fi
	killed "$program"
	end_attached "attach_kill: $build: it survives, and works"
	killed "$program" --clock +1y
	end_attached "attach_kill: $build: with its clock moved, too"
done
