#!/bin/bash
# The preload engine: where ptrace is not allowed, and when it is asked for.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
chmod 755 "$TMP"

# What a container without the right to trace does to ttrace.
gcc -o "$TMP/refuse" "$SOURCE/tests/programs/refuse.c" -lseccomp
nobody=()
[ "$(id -u)" != 0 ] || nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
mkdir -m 777 "$TMP/open"
cp "$TTRACE" "$TMP/open/ttrace"

# without_ptrace OPTION... COMMAND...: ttrace by an ordinary user, with ptrace refused.
without_ptrace() {
	rm -f "$TMP/open/r.json"
	status_of "${nobody[@]}" "$TMP/refuse" ptrace timeout -s KILL "$DEADLINE" "$TMP/open/ttrace" \
		-o "$TMP/open/r.json" "$@"
}

same "ptrace refused: auto goes on" "0 2038-01-19" \
	"$(without_ptrace --clock 2038-01-19 date -u +%F) $(cat "$TMP/out")"
contains "ptrace refused: one line says so" '^ttrace: ptrace cannot be used here .*--engine preload' "$TMP/err"
same "ptrace refused: the report names the engine" preload "$(jq -r .run.engine "$TMP/open/r.json")"
same "ptrace refused: --engine ptrace is an error" 125 "$(without_ptrace --engine ptrace true)"
same "ptrace refused: --kernel is an error" 125 "$(without_ptrace --kernel no-time32 true)"
contains "ptrace refused: and says what it takes" '^ttrace: --kernel takes the ptrace engine' "$TMP/err"

if [ -x "$ROOT/usr/bin/sudo" ]; then
	# The root's programs by its own loader, since an ordinary user can enter it in no other way.
	loader=("$ROOT/lib/ld-linux.so.2" --library-path "$ROOT/lib/i386-linux-gnu:$ROOT/usr/lib/i386-linux-gnu")
	REPORT=$TMP/open/r.json
	without_ptrace --clock 2038-01-19 "${loader[@]}" "$ROOT/bin/busybox" date >/dev/null
	has "ptrace refused: busybox date on i386" '.id == "time.eoverflow" and .level == "error"
		and .api.function == "time" and .api.result == -1 and .api.errno == "EOVERFLOW" and .api.confirmed'
	without_ptrace --clock 2038-01-19 "${loader[@]}" "$ROOT/usr/bin/perl" -e 'print time' >/dev/null
	same "ptrace refused: perl on i386 is told no time" 18446744073709551615 "$(cat "$TMP/out")"
	has "ptrace refused: perl on i386" '.id == "time.eoverflow" and .api.function == "time"
		and .api.confirmed and any(.stack[]; .function == "Perl_pp_time")'
	REPORT=$TMP/report.json
else
	skip "ptrace refused: programs of the i386 root" "no i386 root file system at $ROOT"
fi

# watched OPTION... COMMAND...: with the preload engine, asked for.
watched() { trace --engine preload "$@"; }

gcc -static -o "$TMP/static" -x c - <<<'int main(void) { return 0; }'
same "a static program is refused" 125 "$(watched "$TMP/static")"
contains "a static program: the message says why" 'cannot watch .*static: it is statically linked' "$TMP/err"
contains "a static program: and what to use" '^ttrace: hint: use --engine ptrace' "$TMP/err"
if command -v musl-gcc >/dev/null; then
	musl-gcc -o "$TMP/musl" -x c - <<<'int main(void) { return 0; }'
	same "a program of musl is refused" 125 "$(watched "$TMP/musl")"
	contains "a program of musl: the message says why" 'cannot watch .*musl: its C library is musl' "$TMP/err"
	contains "a program of musl: and what to use" '^ttrace: hint: use --engine ptrace' "$TMP/err"
	same "a program of musl that is executed later is said to run unwatched" 0 "$(watched sh -c "$TMP/musl; true")"
	check "... with the reason" jq -e '.run.limits | any(test("musl.*ran unwatched.*musl"))' "$REPORT"
else
	skip "a program of musl" "there is no musl-gcc"
fi
printf '#!%s\n' "$TMP/static" >"$TMP/script"
chmod +x "$TMP/script"
same "a script of a static program is refused" 125 "$(watched "$TMP/script")"
if [ -u /bin/su ] && [ "$(id -u)" = 0 ]; then
	same "a set-user-ID program is refused" 125 "$(watched -u nobody /bin/su)"
	contains "a set-user-ID program: the message says why" 'privileges of its own' "$TMP/err"
	same "a set-user-ID program that root runs is not" 0 "$(watched su -c 'exit 0')"
fi
watched sh -c "$TMP/static; true" >/dev/null
contains "a static child is said to run unwatched" "$TMP/static ran unwatched .it is statically linked" \
	<(jq -r '.run.limits[]' "$REPORT")

# Children, however they are made and whatever environment they are given.
same "children see the clock, too" "2038 2038 2038 2038 " "$(watched --clock 2038-01-19 sh -c '
	date -u +%Y; env -i date -u +%Y; env -u LD_PRELOAD date -u +%Y; python3 -c "
import subprocess; print(subprocess.run([\"date\", \"-u\", \"+%Y\"], env={}, capture_output=True, text=True).stdout)"' \
	>/dev/null; xargs <"$TMP/out" | tr '\n' ' ')"
same "nothing was lost" 0 "$(jq .run.dropped "$REPORT")"
same "nothing is left behind" "" "$(find /tmp /dev/shm -maxdepth 1 -name 'ttrace-??????' -newer "$TMP/refuse" -user "$(id -u)" 2>/dev/null)"

# A target that lays hands on the channel harms nobody but itself.
spoiler=$TMP/spoiler
gcc -o "$spoiler" "$SOURCE/tests/programs/spoil_channel.c"
for how in cut 0 1 255; do
	same "the channel: $how: ttrace goes on" 7 "$(watched "$spoiler" "$how")"
	contains "the channel: $how: the report says so" "wrote over ttrace's channel, or cut it short" \
		<(jq -r '.run.limits[]' "$REPORT")
done
same "the channel: removed: ttrace goes on" 7 "$(watched "$spoiler" remove)"
contains "the channel: removed: the report says so" "removed ttrace's channel" \
	<(jq -r '.run.limits[]' "$REPORT")

# The library alone, without ttrace: `ttrace report` reads what it wrote.
# ids REPORT: its findings, with what does not differ from run to run.
ids() {
	jq -c '.findings | map([.id, .level, .count, .message, .syscall.name, .api,
		[.stack[] | [.function, .file, .line, .module]]]) | sort | .[]' "$1" | sed -E 's/(127.0.0.1):[0-9]+/\1:PORT/'
}
touch -d 2040-01-01 "$TMP/future"
for abi in $ABIS; do
	build=${abi/-/_}
	program=$TMP/stat_and_connect.$build
	flags=()
	[ "$abi" = x86-64 ] || flags=(-m32)
	if ! gcc "${flags[@]}" -g -O0 -o "$program" "$SOURCE/tests/programs/stat_and_connect.c" 2>/dev/null; then
		skip "alone: $build" "it cannot be built here"
		continue
	fi
	watched "$program" "$TMP/future" >/dev/null
	cp "$REPORT" "$TMP/live.json"
	rm -f "$TMP/alone" "$TMP/late.json"
	same "alone: $build: the status is the command's" 3 "$(
		status_of env LD_PRELOAD="$BUILD/preload/$build/libttrace-preload.so" TTRACE_OUTPUT="$TMP/alone" \
			"$program" "$TMP/future"
	)"
	same "alone: $build: nothing is left beside the file" "$TMP/alone" "$(echo "$TMP"/alone*)"
	same "alone: $build: ttrace report reads it" 0 "$(status_of "$TTRACE" report "$TMP/alone" -o "$TMP/late.json")"
	same "alone: $build: the findings of a run" "$(ids "$TMP/live.json")" "$(ids "$TMP/late.json")"
	check "alone: $build: and there are some" jq -e '.findings | length > 0' "$TMP/late.json"
	same "alone: $build: what is known of the run" "[\"$program\"] preload 1" \
		"$(jq -r '"\(.run.command | tojson) \(.run.engine) \(.run.processes)"' "$TMP/late.json")"
	contains "alone: $build: and what is not" 'how the command ended is not known' \
		<(jq -r '.run.limits[]' "$TMP/late.json")
done
same "alone: --fail-on" 10 "$(status_of "$TTRACE" report --fail-on note -q "$TMP/alone")"
truncate -s 4096 "$TMP/alone"
same "alone: a file that was cut off" 0 "$(status_of "$TTRACE" report "$TMP/alone" -o "$TMP/late.json")"
contains "alone: a file that was cut off: the report says so" "cut it short" <(jq -r '.run.limits[]' "$TMP/late.json")
printf '\x09' | dd of="$TMP/alone" bs=1 seek=4 conv=notrunc status=none
same "alone: a file of another version" 125 "$(status_of "$TTRACE" report "$TMP/alone")"
contains "alone: a file of another version: the message says so" "another version" "$TMP/err"
