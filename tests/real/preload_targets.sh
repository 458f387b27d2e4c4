#!/bin/bash
# Targets that a preloaded library can harm easily: other allocators, sanitizers, constructors,
# signal handlers, vfork() in threads. Each does what it does without ttrace.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
cd "$TMP" || exit
ulimit -S -c 0

# alike NAME COMMAND...: the same status and output with ttrace and without; standard error, too, but
# for numbers.
alike() {
	local name=$1 status
	shift
	status=$(status_of timeout -s KILL "$DEADLINE" "$@")
	cp out plain.out
	cp err plain.err
	same "$name: status" "$status" "$(trace --engine preload -q -o quiet.txt "$@")"
	same "$name: output" "$(cat plain.out)" "$(cat out)"
	same "$name: errors" "$(digits_out plain.err)" "$(digits_out err)"
	same "$name: nothing was lost" 0 "$(jq .run.dropped "$REPORT")"
	check "$name: it was watched" jq -e '.run.processes > 0 and .run.limits == []' "$REPORT"
}
# What a sanitizer dumps of its memory depends on which thread was faster.
digits_out() {
	sed -E '/^(=>|  )0x/d; /^Shadow bytes/d; /\/BuildId/d; /Register values/,/^r/d
		s/0x[0-9a-f]+|[0-9]+|[0-9a-f]{8,}//g; s/ +/ /g' "$1"
}

# Other allocators, put in by the user's own LD_PRELOAD.
gcc -g -O1 -w -o hard "$SOURCE/tests/programs/hard_target.c" -lpthread
for allocator in libjemalloc.so.2 libtcmalloc_minimal.so.4; do
	library=$(ldconfig -p | awk -v name=$allocator '$1 == name && /x86-64/ && !found++ { print $NF }')
	if [ -z "$library" ]; then
		skip "$allocator" "it is not installed"
		continue
	fi
	LD_PRELOAD=$library alike "$allocator: threads" ./hard
	check "$allocator: it is what allocates" grep -q "${allocator%%.*}" \
		<(LD_PRELOAD=$library "$TTRACE" --engine preload -q -o quiet.txt cat /proc/self/maps)
	LD_PRELOAD=$library alike "$allocator: python" python3 -c 'print(sum(len(str(i) * 50) for i in range(100000)))'
	LD_PRELOAD=$library alike "$allocator: sort and children" sh -c 'seq 20000 | sort -R | sort -n | tail -1'
	LD_PRELOAD=$library alike "$allocator: a crash" ./hard null
	gcc -g -O1 -w -o linked "$SOURCE/tests/programs/hard_target.c" -lpthread -Wl,--no-as-needed "$library"
	alike "$allocator: linked" ./linked
done

for sanitizer in address undefined thread; do
	for build in x86-64 i386; do
		flags=()
		[ $build = x86-64 ] || flags=(-m32)
		program=./hard.$sanitizer.$build
		if ! gcc "${flags[@]}" -g -O1 -w -fsanitize=$sanitizer -o "$program" "$SOURCE/tests/programs/hard_target.c" \
			-lpthread 2>/dev/null; then
			skip "$sanitizer $build" "it cannot be built here"
			continue
		fi
		if [ "$(status_of "$program")" != 5 ]; then
			skip "$sanitizer $build" "it does not run here"
			continue
		fi
		alike "$sanitizer $build" "$program"
		[ $sanitizer = undefined ] || alike "$sanitizer $build: a use after free" "$program" after-free
		alike "$sanitizer $build: a crash" "$program" null
		[ $build = i386 ] || continue
		same "$sanitizer $build: past 2038" 5 "$(trace --engine preload --clock 2038-01-19 "$program")"
		has "$sanitizer $build: past 2038: what fails is found" \
			'.id == "time.eoverflow" and .api.function == "time" and any(.stack[]; .function == "work")'
	done
done

for build in x86-64 i386; do
	flags=(-g -O1 -w)
	[ $build = x86-64 ] || flags+=(-m32)
	if ! gcc "${flags[@]}" -shared -fPIC -o "calls.$build.so" "$SOURCE/tests/programs/constructor_calls.c" 2>/dev/null; then
		skip "constructors and signal handlers $build" "they cannot be built here"
		continue
	fi
	gcc "${flags[@]}" -o "opens.$build" "$SOURCE/tests/programs/opens_library.c" -ldl
	gcc "${flags[@]}" -o "storm.$build" "$SOURCE/tests/programs/signal_storm.c" -lpthread
	alike "dlopen $build" "./opens.$build" "./calls.$build.so"
	alike "a storm of signals and vfork $build" "./storm.$build"
	same "a storm $build: past 2038" "6 100 children, 0 wrong" \
		"$(trace --engine preload --clock 2038-01-19 "./storm.$build") $(cat out)"
	same "a storm $build: every process is seen" 101 "$(jq .run.processes "$REPORT")"
	[ $build = i386 ] || continue
	has "a storm $build: in the handler, too" \
		'.id == "time.eoverflow" and any(.stack[]; .function == "on_alarm")'
	same "dlopen $build: past 2038" 2 "$(trace --engine preload --clock 2038-01-19 "./opens.$build" "./calls.$build.so")"
	has "dlopen $build: the constructor is named" \
		'.id == "time.eoverflow" and any(.stack[]; .function == "begin" and (.module | endswith("calls.i386.so")))'
done

# Stacks with frames larger than what is copied of a stack as it is; a thread's ends with the thread's.
# names: of what main() calls, but for the C library's own, with which the engines begin differently.
names() {
	jq -c '[.findings[] | select(any(.stack[]; .function == "main"))
		| [.id, [.stack[].function] | .[index("calls"):]]] | sort' "$REPORT"
}
for build in x86-64 i386; do
	flags=(-g -O1 -w)
	[ $build = x86-64 ] || flags+=(-m32)
	if ! gcc "${flags[@]}" -o "deep.$build" "$SOURCE/tests/programs/deep_stacks.c" -lpthread 2>/dev/null; then
		skip "deep stacks $build" "it cannot be built here"
		continue
	fi
	for size in 100 12000 50000 200000; do
		same "a frame of $size bytes, $build" 0 "$(trace --clock 2038-01-20 "./deep.$build" $size)"
		names >expected
		same "a frame of $size bytes, $build: under preload" 0 \
			"$(trace --engine preload --clock 2038-01-20 "./deep.$build" $size)"
		same "a frame of $size bytes, $build: the same stacks" "$(cat expected)" "$(names)"
		has "a frame of $size bytes, $build: as far as main" \
			'.id == "connect.failed" and any(.stack[]; .function == "fills") and any(.stack[]; .function == "main")'
	done
done
