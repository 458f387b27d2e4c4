#!/bin/bash
# Every program of samples/ shows one behaviour: each is built for i386 (dynamic and static), for
# i386 with 64-bit times and for x86-64, run under ttrace, and its findings and output compared with
# the file next to it. A sample is NAME.c and NAME.expected; lines in NAME.c may say
#
#     // ttrace: OPTIONS    instead of --clock 2038-01-19
#     // builds: LIST       instead of all four builds
#
# The last two builds are the clean twins: they must give no finding, unless there is a file
# NAME.BUILD.expected. UPDATE=1 writes the expectations anew.
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
	esac
}

# The findings without what differs from run to run: one line each, with the frames that have
# source lines of the program (a static libc may have some if its debug package is installed).
normalised_findings() {
	jq -r '.findings | map(
		"\(.level) \(.id) \(.syscall.name // "-") "
		+ (if .api.function then
			"\(.api.function)=\(.api.result // "?") \(.api.errno // "-") "
			+ (if .api.confirmed then "confirmed " else "" end) else "" end)
		+ "x\(.count) at "
		+ (.process.exe as $exe | [.stack[] | select(.file and .module == $exe and (.file | test("/samples/")))
			| "\(.function) \(.file | sub(".*/"; "")):\(.line)"] | join(", ")))
		| sort | .[]' "$REPORT"
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
	(cd "$TMP/work" && trace ${options:---clock 2038-01-19} "$program") >"$TMP/status"
	case $build in
	i386-time64 | x86-64)
		expected=${source%.c}.$build.expected
		if [ ! -e "$expected" ]; then
			no_findings "$name $build: no finding"
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
	[ -z "${UPDATE:-}" ] || cp "$TMP/actual" "$expected"
	same "$name $build" "$(cat "$expected")" "$(cat "$TMP/actual")"
}

mkdir "$TMP/bin"
for source in "$SOURCE"/samples/*.c; do
	[ $# = 0 ] || [[ " $* " == *" $(basename "$source" .c) "* ]] || continue
	builds=$(directive builds "$source")
	for build in ${builds:-i386 i386-static i386-time64 x86-64}; do
		run_sample "$source" "$build"
	done
done
