#!/bin/bash
# Every program of samples/ shows one behaviour: each is built for i386 (dynamic and static), for
# i386 with 64-bit times and for x86-64, run under ttrace, and its findings and output compared with
# the file next to it. A sample is NAME.c and NAME.expected; lines in NAME.c may say
#
#     // ttrace: OPTIONS    instead of --clock 2038-01-19
#     // builds: LIST       instead of all four builds
#     // alike: yes          no build is a clean twin
#
# The last two of the four are the clean twins: they must give no finding, unless there is a file
# NAME.BUILD.expected. UPDATE=1 writes the expectations anew. ENGINE=preload runs them under that engine:
# what it gives must be the same but for the lines of engine-differences.tsv, which say why; the lines
# that it gives otherwise are those of engine-differences/NAME.BUILD, as diff has them, and no others.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq

# directive NAME SOURCE: the words after "// NAME:" in SOURCE.
directive() { sed -n "s,^// $1: *,,p" "$2"; }

build_flags() {
	case $1 in
	i386) echo "-m32" ;;
	i386-static) echo "-m32 -static" ;;
	i386-time64) echo "-m32 -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64" ;;
	x86-64) echo "" ;;
	x86-64-static) echo "-static" ;;
	esac
}

# The findings without what differs from run to run: one line each, with the frames that have
# source lines of the program (a static libc may have some if its debug package is installed).
normalised_findings() {
	jq -r '.findings | map(
		"\(if .id | startswith("crash.core") then "crash.core" else "\(.level) \(.id)" end) \(.syscall.name // "-") "
		+ (if .api.function then
			"\(.api.function)=\(.api.result // "?") \(.api.errno // "-") "
			+ (if .api.confirmed then "confirmed " else "" end) else "" end)
		+ "x\(.count) at "
		+ (.process.exe as $exe | [.stack[] | select(.file and .module == $exe and (.file | test("/samples/")))
			| "\(.function) \(.file | sub(".*/"; "")):\(.line)"] | join(", ")))
		| sort | .[]' "$REPORT"
	# The story of a crash, without what differs: process ids, files, what a C library calls for
	# its own ends, and whether this machine keeps cores.
	jq -r '.findings[] | select(.crash and (.crash.steps | length) > 0) | .process.pid as $pid
		| .crash.steps[] | "  \(if .pid == $pid then "parent" else "child" end) \(.kind): \(.text)"' \
		"$REPORT" | sed -E '/syscall: (N )?(getrandom|brk|newfstatat|statx|mmap2?|fstat)\(/d
			s/\b[0-9]{2,}\b/N/g; s/(, core dumped| and dumped core)//; s/ \(CLD_(DUMPED|KILLED)\)//
			s/prlimitN|prlimit64|setrlimit/setrlimit/; /setrlimit/s/( = 0| fails with EPERM)$//
			s/\(\/.*\)(: ")/(FILE)\1/; s/[^ ]*\[N\]/PROGRAM/; s/by t?g?kill/by kill/
			s/(from itself) in [^:]*/\1/'
}

# difference NAME BUILD: why the other engine may give something else; nothing: it must not.
difference() {
	awk -F'\t' -v name="$1" -v build="$2" '$1 == name && ($2 == build || $2 == "*") { print $3 }' \
		"$SOURCE/tests/samples/engine-differences.tsv"
}

unwatched() { [ "$1" = 125 ] || jq -e '.run.limits | any(contains("ran unwatched"))' "$REPORT" >/dev/null; }

# judged NAME BUILD EXPECTED ACTUAL: the same, or different as is known.
judged() {
	local why='' differences=$SOURCE/tests/samples/engine-differences/$1.$2 lines
	[ -z "${ENGINE:-}" ] || why=$(difference "$1" "$2")
	if [ -z "$why" ]; then
		same "$1 $2" "$3" "$4"
	elif [ "$3" = "$4" ]; then
		not_ok "$1 $2" "the engines agree, but engine-differences.tsv says that they do not"
	else
		lines=$(diff <(echo "$3") <(echo "$4") | grep '^[<>]' || true)
		[ -z "${UPDATE:-}" ] || echo "$lines" >"$differences"
		same "$1 $2 differs as is known: $why" "$(cat "$differences")" "$lines"
	fi
}

run_sample() {
	local source=$1 build=$2 name program options expected
	name=$(basename "$source" .c)
	expected=${source%.c}.expected
	program=$TMP/bin/$name.$build
	# -O0: the calls stay where the source says.
	# shellcheck disable=SC2046  # flags are words
	if ! gcc -g -O0 -w $(build_flags "$build") -o "$program" "$source" -lpthread \
		>"$TMP/.cc" 2>&1; then
		skip "$name $build" "it cannot be built here: $(head -1 "$TMP/.cc")"
		return
	fi
	options=$(directive ttrace "$source")
	rm -rf "$TMP/work" && mkdir "$TMP/work"
	# shellcheck disable=SC2086  # options are words
	(cd "$TMP/work" && trace ${ENGINE:+--engine "$ENGINE"} ${options:---clock 2038-01-19} "$program") \
		>"$TMP/status"
	if [[ ${ENGINE:-}$build == preload*-static ]]; then
		check "$name $build: refused, or said to run unwatched" unwatched "$(cat "$TMP/status")"
		return
	fi
	case $(directive alike "$source")$build in
	i386-time64 | x86-64)
		expected=${source%.c}.$build.expected
		if [ ! -e "$expected" ]; then
			judged "$name" "$build" "[]" "$(jq -c '[.findings[] | {id, message}]' "$REPORT" 2>&1)"
			return
		fi
		;;
	esac
	{
		echo "exit status $(cat "$TMP/status")"
		sed 's/^/out: /' "$TMP/out"
		sed 's/^/err: /' "$TMP/err"
		normalised_findings
	} >"$TMP/actual" 2>&1
	[ -z "${UPDATE:-}" ] || [ -n "${ENGINE:-}" ] || cp "$TMP/actual" "$expected"
	judged "$name" "$build" "$(cat "$expected")" "$(cat "$TMP/actual")"
}

mkdir "$TMP/bin"
for source in "$SOURCE"/samples/*.c; do
	[ $# = 0 ] || [[ " $* " == *" $(basename "$source" .c) "* ]] || continue
	builds=$(directive builds "$source")
	for build in ${builds:-i386 i386-static i386-time64 x86-64}; do
		[[ " $ABIS " == *" ${build%%-[st]*} "* ]] || continue
		run_sample "$source" "$build"
	done
done
