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
