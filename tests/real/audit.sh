#!/bin/bash
# `ttrace audit` on programs made for it: each C library, ABI and way to reach a 32-bit time call.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
need_command gcc

# audit ARGUMENT...: with its report in $REPORT; prints the exit status.
audit() {
	rm -f "$REPORT"
	status_of timeout -s KILL "$DEADLINE" "$TTRACE" audit -q -f json -o "$REPORT" "$@"
}

# about FILE: what the report says of it, in a few words: its verdict, the width of its time_t, its
# C library, then level, id, symbol and entry of each finding that is no note.
about() {
	jq -r --arg file "$1" '
		(.files[] | select(.path | endswith($file)) | "\(.verdict) \(.time_bits) \(.libc)"),
		(.findings[] | select((.file | endswith($file)) and .level != "note")
			| "\(.level) \(.id) \(.symbol)" + (if .entry then " by \(.entry)" else "" end))' \
		"$REPORT" 2>&1 | paste -sd' '
}

# notes FILE: its findings that are notes.
notes() {
	jq -r --arg file "$1" '.findings[] | select((.file | endswith($file)) and .level == "note")
		| "\(.id) \(.symbol)"' "$REPORT" | sort | paste -sd' '
}

# build NAME FLAGS...: a program of audit_calls.c.
build() {
	local name=$1
	shift
	gcc -g -O1 -w -o "$DIR/$name" "$SOURCE/tests/programs/audit_calls.c" "$@" 2>"$TMP/.cc"
}

DIR=$TMP/programs
TIME64=(-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64)
LIBRARY=(-L"$DIR" -la "-Wl,-rpath,\$ORIGIN")
mkdir "$DIR"
if ! gcc -m32 -x c -o "$TMP/.m32" - <<<'int main(void){return 0;}' 2>/dev/null; then
	skip_all "gcc cannot build for i386 here"
fi

build direct -m32 -DCALLS=1
build direct64 -m32 -DCALLS=1 "${TIME64[@]}"
build intervals -m32 -DCALLS=2
build native -DCALLS=1
build utmp -DCALLS=6
build lastlog -DCALLS=7
build static -m32 -DCALLS=1 -static
build static64 -m32 -DCALLS=1 -static "${TIME64[@]}"
build stripped -m32 -DCALLS=1 -static -s
gcc -m32 -g -O1 -fPIC -shared -Wl,-soname,liba.so.1 -o "$DIR/liba.so.1" \
	"$SOURCE/tests/programs/audit_library.c"
ln -s liba.so.1 "$DIR/liba.so"
build through -m32 -DCALLS=3 "${LIBRARY[@]}"
build harmless -m32 -DCALLS=4 "${LIBRARY[@]}"
for linked in pie no-pie; do
	for calls in 8 9 10 11 12 13 15; do build "code$calls-$linked" -m32 -DCALLS=$calls -fPIE "-$linked"; done
done
build fails -m32 -DCALLS=14 "${LIBRARY[@]}"
build raw -m32 -DCALLS=16
build cooked -m32 -DCALLS=17
build mixed -m32 -DCALLS=5 "${TIME64[@]}" "${LIBRARY[@]}"
printf '#!/bin/sh\necho hello\n' >"$DIR/script"
chmod 755 "$DIR/script"

same "audit: exit status" 0 "$(audit "$DIR")"
same "audit: schema" ttrace-audit/1 "$(jq -r .schema "$REPORT")"
same "audit: every file is told of" "$(find "$DIR" -type f | sort)" "$(jq -r '.files[].path' "$REPORT")"
same "i386, time_t 32: breaks" "breaks 32 glibc error audit.eoverflow time" "$(about /direct)"
same "i386, time_t 64: fine" "fine 64 glibc" "$(about /direct64)"
same "i386, intervals only: fine" "fine 32 glibc" "$(about /intervals)"
same "i386, intervals only: told as notes" "audit.duration nanosleep audit.duration select" \
	"$(notes /intervals)"
same "x86-64: fine" "fine 64 glibc" "$(about /native)"
same "x86-64, utmp: may break" "may break 64 glibc warning audit.utmp getutent" "$(about /utmp)"
same "x86-64, lastlog: may break" "may break 64 glibc warning audit.utmp /var/log/lastlog" "$(about /lastlog)"
same "static glibc, time_t 32: breaks" "breaks both glibc error audit.eoverflow time" "$(about /static)"
same "static glibc, time_t 64: fine" "fine 64 glibc" "$(about /static64)"
same "static glibc, stripped: may break" "may break unknown glibc warning audit.static-libc glibc" \
	"$(about /stripped)"
same "library: breaks, and has a time_t in its ABI" \
	"breaks 32 glibc error audit.eoverflow time error audit.eoverflow stat warning audit.abi-time a_now" \
	"$(about /liba.so.1)"
same "through a library: may break" "may break unknown glibc warning audit.through-library time by a_now" \
	"$(about /through)"
same "of the same library, a function that has no time: fine" "fine unknown glibc" "$(about /harmless)"
same "... with a note of the library" "audit.linked liba.so.1" \
	"$(jq -r '.findings[] | select(.file | endswith("/harmless")) | "\(.id) \(.library | split("/") | last)"' "$REPORT")"
same "of the same library, a function that fails with its call: breaks" \
	"breaks unknown glibc error audit.fails-in-library stat by a_exists" "$(about /fails)"
same "system calls by number, in a dynamic program: breaks" \
	"breaks unknown glibc error audit.raw-call gettimeofday error audit.raw-call clock_gettime" "$(about /raw)"
same "system calls by number that carry no short time: fine" "fine unknown glibc" "$(about /cooked)"
for linked in pie no-pie; do
	same "$linked: only clocks without a date: fine" "fine 32 glibc" "$(about "/code8-$linked")"
	same "$linked: ... with a note" "audit.monotonic clock_gettime" "$(notes "/code8-$linked")"
	same "$linked: code to which nothing leads: fine" "fine 32 glibc" "$(about "/code9-$linked")"
	same "$linked: ... with a note" "audit.unreached time" "$(notes "/code9-$linked")"
	same "$linked: code to which a pointer leads: breaks" "breaks 32 glibc error audit.eoverflow time" \
		"$(about "/code10-$linked")"
	same "$linked: a clock that is not known: breaks" "breaks 32 glibc error audit.eoverflow clock_gettime" \
		"$(about "/code11-$linked")"
	same "$linked: one of two clocks tells the date: breaks" \
		"breaks 32 glibc error audit.eoverflow clock_gettime" "$(about "/code15-$linked")"
	same "$linked: a timer with an interval: fine" "fine 32 glibc" "$(about "/code12-$linked")"
	same "$linked: a timer with a date: may break" "may break 32 glibc warning audit.refused timerfd_settime" \
		"$(about "/code13-$linked")"
done
contains "a time64 program with a time32 library: mixed" "error audit.mixed a_when" <(about /mixed)

same "which library taints which program" "fails harmless mixed through" \
	"$(jq -r '.taints[] | select(.library | endswith("/liba.so.1")) | .program | split("/") | last' "$REPORT" | sort -u | paste -sd' ')"
same "a script: by its interpreter" "script /bin/sh" \
	"$(jq -r '.files[] | select(.path | endswith("/script")) | "\(.kind) \(.interpreter)"' "$REPORT")"

# The same with the debug information apart, in each place where it may be.
apart=$TMP/apart
mkdir -p "$apart/etc" "$apart/usr/lib" "$apart/usr/bin"
cp "$DIR/mixed" "$apart/usr/bin"
id=$(readelf -n "$DIR/liba.so.1" | sed -n 's/.*Build ID: //p')
for debug in "usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" usr/lib/liba.debug usr/lib/.debug/liba.debug \
	usr/lib/debug/usr/lib/liba.debug; do
	mkdir -p "$apart/$(dirname "$debug")"
	objcopy --only-keep-debug "$DIR/liba.so.1" "$apart/$debug"
	objcopy --strip-all "$DIR/liba.so.1" "$apart/usr/lib/liba.so.1"
	case $debug in *liba.debug)
		objcopy --remove-section .note.gnu.build-id --add-gnu-debuglink="$apart/$debug" "$apart/usr/lib/liba.so.1" ;;
	esac
	audit "$apart" >/dev/null
	contains "debug information in $(dirname "$debug"): mixed" "error audit.mixed a_when" <(about /mixed)
	printf x >>"$apart/$debug"
	case $debug in *liba.debug)
		audit "$apart" >/dev/null
		same "... of another build: not used" "" "$(about /mixed | grep -o audit.mixed || true)" ;;
	esac
	rm "$apart/$debug"
done
audit "$apart" >/dev/null
same "without debug information: not known" "fine 64 glibc" "$(about /mixed)"

same "--fail-on error" 10 "$(audit --fail-on error "$DIR/direct")"
same "--fail-on error, nothing found" 0 "$(audit --fail-on error "$DIR/direct64")"
same "one program, its library beside it" "may break unknown glibc warning audit.through-library time by a_now" \
	"$(audit "$DIR/through" >/dev/null; about /through)"
same "... which nobody asked for" 1 "$(jq '.files | length' "$REPORT")"
status_of "$TTRACE" audit "$DIR/direct" >/dev/null
contains "text: verdict" '^breaks +/.*/direct  \(i386, glibc, time_t 32\)$' "$TMP/out"
contains "text: sums" '^ttrace: 1 break, 0 may break, 0 fine, 0 could not be judged$' "$TMP/out"

if command -v dpkg-deb >/dev/null; then
	mkdir -p "$TMP/deb/DEBIAN" "$TMP/deb/usr/bin" "$TMP/deb/usr/lib"
	printf 'Package: y2k\nVersion: 1.0\nArchitecture: i386\nMaintainer: T <t@example.org>\nDescription: x\n' \
		>"$TMP/deb/DEBIAN/control"
	cp "$DIR/through" "$DIR/direct" "$TMP/deb/usr/bin"
	cp "$DIR/liba.so.1" "$TMP/deb/usr/lib"
	dpkg-deb -b "$TMP/deb" "$TMP/y2k_1.0_i386.deb" >/dev/null
	same "a .deb" 0 "$(audit "$TMP/y2k_1.0_i386.deb")"
	same "a .deb: a program" "breaks 32 glibc error audit.eoverflow time" "$(about /usr/bin/direct)"
	same "a .deb: through its own library" "may break unknown glibc warning audit.through-library time by a_now" \
		"$(about /usr/bin/through)"
	same "a .deb: the package" "y2k 1.0 i386 breaks" \
		"$(jq -r '.packages[] | "\(.name) \(.version) \(.architecture) \(.verdict)"' "$REPORT")"
	mkdir "$TMP/debs" "$TMP/debs/more"
	rm "$TMP/deb/usr/lib/liba.so.1"
	dpkg-deb -b "$TMP/deb" "$TMP/debs/y2k_1.0_i386.deb" >/dev/null
	rm -r "$TMP/deb/usr/bin"
	cp "$DIR/liba.so.1" "$TMP/deb/usr/lib"
	sed -i s/y2k/liba/ "$TMP/deb/DEBIAN/control"
	dpkg-deb -b "$TMP/deb" "$TMP/debs/more/liba_1.0_i386.deb" >/dev/null
	same "a directory of .debs" 0 "$(audit "$TMP/debs")"
	same "... is audited as packages" "liba breaks, y2k breaks" \
		"$(jq -r '[.packages[] | "\(.name) \(.verdict)"] | sort | join(", ")' "$REPORT")"
	same "... with the library of one for the program of another" \
		"may break unknown glibc warning audit.through-library time by a_now" "$(about /usr/bin/through)"
	head -c 2000 "$TMP/y2k_1.0_i386.deb" >"$TMP/cut_1_i386.deb"
	same "a .deb that is cut short" 0 "$(audit "$TMP/cut_1_i386.deb")"
	same "... is listed as unreadable" "unreadable" "$(jq -r '.files[0].kind' "$REPORT")"
fi

if program=$(go_build 386 now); then
	audit "$program" >/dev/null
	contains "Go for 386: the system call that cuts" "^breaks 32 none error audit.raw-call clock_gettime" \
		<(about /"$(basename "$program")")
	same "Go for 386: the language" go "$(jq -r '.files[0].language' "$REPORT")"
else
	skip "Go for 386" "no Go compiler"
fi
printf 'const char *where = "/rustc/0123456789abcdef/library/std/src/time.rs";\n' >"$TMP/rust.c"
build rust -m32 -DCALLS=1 -static "$TMP/rust.c"
audit "$DIR/rust" >/dev/null
same "Rust, static: the language" rust "$(jq -r '.files[0].language' "$REPORT")"

if [ -e "$ROOT/usr/lib/i386-linux-musl/libc.so" ]; then
	program=$(compile_musl32 dynamic clocks)
	audit "$program" >/dev/null
	same "musl, time_t 64, but system calls by number: breaks" \
		"breaks 64 musl error audit.raw-call time error audit.raw-call gettimeofday error audit.raw-call clock_gettime" \
		"$(about /clocks_musl32_dynamic)"
	program=$(compile_musl32 dynamic ticks)
	audit "$program" >/dev/null
	same "musl, time_t 64: fine" "fine 64 musl" "$(about /ticks_musl32_dynamic)"
	program=$(compile_musl32 static clocks)
	audit "$program" >/dev/null
	same "musl, static, time_t 64: fine" "fine 64 musl" "$(about /clocks_musl32_static)"
	program=$(compile_musl32 dynamic musl_time32)
	audit "$program" >/dev/null
	same "musl, time_t 32: clock_gettime fails, stat wraps" \
		"breaks 32 musl error audit.eoverflow clock_gettime error audit.wrap stat" "$(about /musl_time32_musl32_dynamic)"
else
	skip "musl for i386" "no root with it"
fi
if command -v musl-gcc >/dev/null; then
	CC=musl-gcc compile clocks >/dev/null
	audit "$TMP/clocks" >/dev/null
	same "musl, x86-64: fine" "fine 64 musl" "$(about /clocks)"
fi
