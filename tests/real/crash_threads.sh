#!/bin/bash
# The stacks of all threads when one of them crashes, whichever of them are in handlers: through each
# handler, its trampoline and the interrupted frames, and nothing of a handler that is over.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
cd "$TMP" || exit
ulimit -S -c 0

# thread_has NAME ID THREAD OUTER...: in the finding ID, that thread's stack has these functions of
# the program in this order, and no others of it.
thread_has() {
	local name=$1 id=$2 thread=$3
	shift 3
	same "$name: $thread" "$*" "$(jq -r --arg id "$id" --arg thread "$thread" --arg own "${program##*/}" '
		[.findings[] | select(.id == $id) | .crash.threads[] | select(.comm == $thread) | .stack[]
		| select(.module | endswith($own)) | .function | select(. != null)
		| select(IN("arrive", "rest_in_handler", "rest_in_inner", "raise_in_handler", "returns", "jumps",
			"in_handler", "in_inner", "on_alternate", "returned", "jumped", "untouched", "busy"))]
		| join(" ")' "$REPORT" 2>&1)"
}
# all_threads NAME ID: each of the program's threads.
all_threads() {
	thread_has "$1" "$2" in-handler arrive rest_in_handler in_handler
	thread_has "$1" "$2" in-inner arrive rest_in_inner raise_in_handler in_inner
	thread_has "$1" "$2" on-alternate arrive rest_in_handler on_alternate
	thread_has "$1" "$2" returned arrive returned
	thread_has "$1" "$2" jumped arrive jumped
	thread_has "$1" "$2" untouched arrive untouched
	thread_has "$1" "$2" busy busy
}
own='[.stack[].function | select(IN("fault", "end_it", "main"))]'

for flags in "" -static -m32 "-m32 -static"; do
	name="threads, gcc $flags"
	# shellcheck disable=SC2086  # flags are words
	build_or_skip "$name" $flags thread_handlers || continue
	same "$name: the handler exits: status" 42 "$(trace "$program" exit)"
	has "$name: where it was" ".id == \"crash.signal\" and $own == [\"fault\", \"main\"]"
	all_threads "$name: as it crashes" crash.signal
	same "$name: the handler raises it again: status" 139 "$(trace "$program" raise)"
	all_threads "$name: as its handler begins" crash.signal
	has "$name: the core's own stack" ".id == \"crash.core-lost\" and $own == [\"end_it\", \"fault\", \"main\"]"
	all_threads "$name: as it dies" crash.core-lost
	trace --timeout 1s "$program" hang >/dev/null
	all_threads "$name: before its handler hangs" crash.signal
	has "$name: where that hangs" ".id == \"process.hung\" and $own == [\"end_it\", \"fault\", \"main\"]"
done
