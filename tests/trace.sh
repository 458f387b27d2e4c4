# shellcheck shell=bash
# Running ttrace in a test, and asking its report: sourced after lib.sh.
export REPORT=$TMP/report.json
GO_CACHE=$BUILD/go-cache
DEADLINE=${DEADLINE:-60}   # seconds after which a run counts as hung, far beyond what any takes

# trace OPTION... COMMAND...: runs ttrace with its report in $REPORT; the target's output goes to
# $TMP/out and $TMP/err, its input is ours. Prints the exit status (137: it hung).
trace() {
	rm -f "$REPORT"
	status_of timeout -s KILL "$DEADLINE" "$TTRACE" -o "$REPORT" "$@"
}

# trace_in_root CLOCK COMMAND...: the same in the i386 root.
trace_in_root() {
	local clock=$1
	shift
	trace --root "$ROOT" --clock "$clock" "$@"
}

# left_groups: control groups of --init whose ttrace is gone.
left_groups() {
	local group
	find /sys/fs/cgroup -maxdepth 2 -name 'ttrace-init-*' 2>/dev/null | while read -r group; do
		[ -d "/proc/${group##*-}" ] || echo "$group"
	done
}

# has NAME FILTER: ok if the jq FILTER is true of a finding of the last report.
has() {
	if jq -e "[.findings[] | select($2)] | length > 0" "$REPORT" >/dev/null 2>&1; then
		ok "$1"
	else
		not_ok "$1" "no finding with: $2"
		jq -c '.findings[] | {id, api, value, count, stack: [.stack[] | .function // .module]}' \
			"$REPORT" 2>&1 | sed 's/^/# /'
		sed 's/^/# stderr: /' "$TMP/err"
	fi
}

# no_findings NAME: ok if the last report is whole and has none.
no_findings() {
	same "$1" "[]" "$(jq -c '[.findings[] | {id, message}]' "$REPORT" 2>&1)"
}

# told NAME PATTERN: the time lines of the last report's crashes have such a line.
told() {
	jq -r '.findings[] | select(.id == "crash.signal") | .crash.steps[].text' "$REPORT" >"$TMP/story"
	contains "$1" "$2" "$TMP/story"
}

# is_time NAME START ACTUAL: ok if ACTUAL is START, in seconds, or up to ten minutes later.
is_time() {
	local whole=${3%%.*}
	if [[ $whole =~ ^-?[0-9]+$ ]] && [ "$whole" -ge "$2" ] && [ "$whole" -lt $(($2 + 600)) ]; then
		ok "$1"
	else
		not_ok "$1" "expected $2 or a little later, got: $3"
	fi
}

# compile FLAGS... SOURCE: compiles tests/programs/SOURCE.c and prints the path of the program, or
# fails quietly where this machine cannot. SOURCE may be samples/NAME, too.
compile() {
	local name=${*: -1} flags=("${@:1:$#-1}") folder=tests/programs
	local program
	[[ $name != samples/* ]] || { folder=samples; name=${name#*/}; }
	program=$TMP/$name$(printf '%s' "${flags[@]}" | tr -c 'a-zA-Z0-9' _)
	${CC:-gcc} -g -O1 -w "${flags[@]}" -o "$program" "$SOURCE/$folder/$name.c" \
		-lpthread >"$TMP/.cc" 2>&1 || return 1
	echo "$program"
}

# build_or_skip NAME FLAGS... SOURCE: the same into $program; where it cannot, NAME is skipped.
build_or_skip() {
	local name=$1
	shift
	if [[ $ABIS != *x86-64* && " $* " != *" -m32 "* ]]; then
		skip "$name" "the same as with -m32 here"
		return 1
	fi
	program=$(compile "$@") && return
	skip "$name" "it cannot be built here: $(head -1 "$TMP/.cc")"
	return 1
}

# enter_core_folder: makes a directory for cores the working directory; they may be of any size.
enter_core_folder() {
	mkdir -m 777 "$TMP/work"
	cd "$TMP/work" || exit
	ulimit -S -c unlimited 2>/dev/null || true
}

# compile_musl32 static|dynamic SOURCE: the same for i386 and the musl of the root, since Debian's
# musl-gcc knows its own machine only.
compile_musl32() {
	local program=$TMP/$2_musl32_$1 libs=$ROOT/usr/lib/i386-linux-musl link=()
	local headers=(-nostdinc -isystem "$ROOT/usr/include/i386-linux-musl"
		-isystem "$(gcc -print-file-name=include)")
	if [ "$1" = static ]; then
		link=(-static "$libs/libc.a")
	else
		link=("-Wl,--dynamic-linker=$ROOT/lib/ld-musl-i386.so.1" "$libs/libc.so")
	fi
	gcc -m32 -g -O1 -w "${headers[@]}" -nostdlib -fno-pie -no-pie -o "$program" "$libs/crt1.o" \
		"$libs/crti.o" "$SOURCE/tests/programs/$2.c" -Wl,--start-group "${link[@]}" \
		"$(gcc -m32 -print-libgcc-file-name)" -Wl,--end-group "$libs/crtn.o" >"$TMP/.cc" 2>&1 || return 1
	echo "$program"
}

# go_build ARCHITECTURE SOURCE: the same for tests/programs/SOURCE.go.
go_build() {
	local program=$TMP/$2.$1
	(
		cd "$TMP"
		export HOME=$TMP GOCACHE=$GO_CACHE GOARCH=$1 GO111MODULE=off CGO_ENABLED=0 GOFLAGS=
		go build -o "$program" "$SOURCE/tests/programs/$2.go"
	) >"$TMP/.cc" 2>&1 || return 1
	echo "$program"
}
