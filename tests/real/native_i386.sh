#!/bin/bash
# ttrace itself as an i386 program, built in an i386 root of its own and run there: what it finds past
# 2038, a crash, a recording and what it says of a 64-bit program.
# alone: it builds, on all processors
. "$(dirname "$0")/../lib.sh"
need_root
if [ -z "${TTRACE_INSIDE:-}" ]; then
	need_command mmdebstrap
	root=$BUILD/rootfs-native-i386
	packages=(g++ cmake ninja-build pkg-config jq libseccomp-dev libdw-dev libelf-dev libzydis-dev libzstd-dev
		zlib1g-dev libbz2-dev libfmt-dev libcli11-dev nlohmann-json3-dev libhowardhinnant-date-dev
		libsqlite3-dev libarchive-dev libmxml-dev catch2 libxxhash-dev)
	"$SOURCE/tests/rootfs.sh" "$root" bare "$(IFS=,; echo "${packages[*]}")" i386 >"$TMP/rootfs.log" 2>&1 ||
		skip_all "no i386 root with a compiler: $(tail -1 "$TMP/rootfs.log")"
	mkdir -p "$root/source" "$root/work"
	cp /bin/true "$TMP/true64"
	# shellcheck disable=SC2016  # it is the inner shell's
	env -u CMAKE_C_COMPILER_LAUNCHER -u CMAKE_CXX_COMPILER_LAUNCHER unshare --mount -- sh -c '
		mount --bind "$1" "$2/source" && mount --bind "$3" "$2/work" && mount --rbind /dev "$2/dev" &&
		mount -t proc proc "$2/proc" && mount -t tmpfs none "$2/tmp" &&
		exec setarch i686 chroot "$2" env -u TTRACE -u BUILD -u ROOT TMPDIR=/tmp TTRACE_INSIDE=1 \
			bash /source/tests/real/native_i386.sh' sh "$SOURCE" "$root" "$TMP"
	exit
fi

# Neither optimised nor with debug information: what takes time here is the compiler.
build() {
	cmake -S /source -B /work/build -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O0 -DBUILD_TESTING=OFF &&
		ninja -C /work/build ttrace
}
check "it is built by g++ for i386" build
TTRACE=/work/build/ttrace

# findings COMMAND...: its exit status; what was found is in $TMP/report.json.
findings() { status_of "$TTRACE" -o "$TMP/report.json" "$@"; }
# found NAME FILTER: a finding matches the jq filter.
found() { check "$1" jq -e ".findings | any($2)" "$TMP/report.json"; }

same "perl past 2038: exit status" 0 "$(findings --clock 2038-01-19 perl -e 'print time')"
same "perl past 2038: what it prints" 18446744073709551615 "$(cat "$TMP/out")"
found "perl past 2038: a confirmed finding with its stack" '.id == "time.eoverflow" and .api.confirmed
	and .api.function == "time" and any(.stack[]; .function == "Perl_pp_time")'
same "date past 2038: exit status" 0 "$(findings --clock 2038-01-19 date +%F)"
same "date past 2038: the faked date" 2038-01-19 "$(cat "$TMP/out")"
check "date past 2038: no finding" jq -e '.findings == []' "$TMP/report.json"

same "a crash put into date: exit status" 139 "$(findings --crash SEGV@syscall:write:1 date)"
found "a crash put into date: where" '.id == "crash.signal" and any(.stack[]; .function == "write")'

same "a recording: exit status" 0 "$(findings --record "$TMP/run.ttr" --clock 2038-01-19 perl -e 'print time')"
same "its report: exit status" 0 "$(status_of "$TTRACE" report "$TMP/run.ttr" -o "$TMP/later.json")"
same "its report: the same findings" "$(jq -c '[.findings[].id]' "$TMP/report.json")" \
	"$(jq -c '[.findings[].id]' "$TMP/later.json")"

same "a 64-bit command: exit status" 125 "$(status_of "$TTRACE" /work/true64)"
contains "a 64-bit command: why" 'cannot trace /work/true64: it is a 64-bit program' "$TMP/err"
