#!/bin/bash
# ttrace itself as an i386 program, built in an i386 root of its own: its unit tests, what it finds past
# 2038, a crash, a recording, what it says of a 64-bit program, and the scripts that test it as a whole.
# alone: it builds, on all processors
# limit: 1500, as it makes a root and compiles all of ttrace
. "$(dirname "$0")/../lib.sh"
need_root
if [ -z "${TTRACE_INSIDE:-}" ]; then
	need_command mmdebstrap
	root=$BUILD/rootfs-native-i386
	packages=(g++ cmake ninja-build pkg-config jq libseccomp-dev libdw-dev libelf-dev libzydis-dev libzstd-dev
		zlib1g-dev libbz2-dev libfmt-dev libcli11-dev nlohmann-json3-dev libhowardhinnant-date-dev
		libsqlite3-dev libarchive-dev libmxml-dev catch2 libxxhash-dev libtinyxml2-dev
		libdebuginfod1 netbase mount python3 iproute2 procps dpkg-dev file)
	"$SOURCE/tests/rootfs.sh" "$root" bare "$(IFS=,; echo "${packages[*]}")" i386 >"$TMP/rootfs.log" 2>&1 ||
		skip_all "no i386 root with a compiler: $(tail -1 "$TMP/rootfs.log")"
	work=$BUILD/native-i386   # kept: the next run builds what has changed
	mkdir -p "$root/source" "$root/work" "$root/rootfs-i386" "$work" "$ROOT"
	gcc -static -o "$work/program64" -x c - <<<'#include <unistd.h>
		int main(int argc, char** argv) { return argv[1] ? (int)sleep(60) : 7; }'
	# The root is the namespace's own and not a chroot, so that a --root in it is as on a machine.
	# shellcheck disable=SC2016  # it is the inner shell's
	env -u CMAKE_C_COMPILER_LAUNCHER -u CMAKE_CXX_COMPILER_LAUNCHER unshare --mount -- sh -c '
		mount --bind "$2" "$2" && cd "$2" && mount --bind "$1" source && mount --bind "$3" work &&
		mount --bind "$4" rootfs-i386 && mount --rbind /dev dev && mount --rbind /sys sys &&
		mount -t proc proc proc && mount -t tmpfs none tmp && pivot_root . . && umount -l . && cd / &&
		exec setarch i686 env TMPDIR=/tmp TTRACE_INSIDE=1 TTRACE=/work/ttrace BUILD=/work ROOT=/rootfs-i386 \
			ABIS=i386 bash /source/tests/real/native_i386.sh' sh "$SOURCE" "$root" "$work" "$ROOT"
	exit
fi

# Neither optimised nor with debug information: what takes time here is the compiler.
build() {
	cmake -S /source -B /work -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O0 -DBUILD_TESTING=ON \
		-DCMAKE_SKIP_INSTALL_ALL_DEPENDENCY=ON &&   # else a package takes all of the tests
		ninja -C /work ttrace ttrace_unit manuals stripped_preload_i386 debian_changelog
}
check "it is built by g++ for i386" build
check "its unit tests" /work/tests/ttrace_unit

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

same "a 64-bit command: exit status" 125 "$(status_of "$TTRACE" /work/program64)"
contains "a 64-bit command: why" 'cannot trace /work/program64: it is a 64-bit program' "$TMP/err"
same "a 64-bit program later: it runs" 7 "$(findings sh -c '/work/program64; exit $?')"
check "a 64-bit program later: it is named, as untraced" \
	jq -e '.run.limits | any(test("program64") and test("untraced|64-bit"))' "$TMP/report.json"
/work/program64 sleep &
target=$!
sleep 0.3
same "attach to a 64-bit program: refused" 125 "$(status_of timeout 20 "$TTRACE" attach -p $target)"
contains "attach to a 64-bit program: why" 'program64.* is a program of another ABI \(ELF machine 62\)' "$TMP/err"
kill $target

package() { (cd /work && cpack -G DEB -B "$TMP/packages"); }
check "its packages are made" package
version=$("$TTRACE" --version | sed -n '1s/.* //p')
deb=ttrace_${version}_i386.deb
same "its packages: all of them" "libttrace-preload_${version}_i386.deb $deb" "$(cd "$TMP/packages" && echo ./*.deb | sed 's,\./,,g')"
check "its packages: they unpack" dpkg-deb -x "$TMP/packages/$deb" "$TMP/unpacked"
same "its packages: for i386, with what it leans on" "i386 libseccomp2" \
	"$(dpkg-deb -f "$TMP/packages/$deb" Architecture) $(dpkg-deb -f "$TMP/packages/$deb" Depends | grep -o libseccomp2)"
same "its packages: the program runs" 2038-01-19 \
	"$("$TMP/unpacked/usr/bin/ttrace" -q -o "$TMP/report.json" --clock 2038-01-19 date -u +%F)"

# The tests of the whole, by this program and on programs of i386. Most of them mostly wait; attach meets
# threads at what they wait for, and has the processors to itself.
scripts=(real/main_job real/clock_calls real/connect real/crash real/crash_inject real/crash_matrix real/record
	real/connect_peers real/attach_odd real/file_times real/preload real/doctor samples/run)
mkdir "$TMP/said"
# shellcheck disable=SC2016  # it is the inner shell's
run_script='bash "/source/tests/$2.sh" >"$1/$(basename "$2")" 2>&1 || echo "ended with $?" >>"$1/$(basename "$2")"'
printf '%s\n' "${scripts[@]}" | xargs -P "$(nproc)" -I {} sh -c "$run_script" sh "$TMP/said" {}
sh -c "$run_script" sh "$TMP/said" real/attach
ran() { grep -q "^ok" "$1" && ! grep "^ended with" "$1"; }
for script in "${scripts[@]##*/}" attach; do
	said=$TMP/said/$script
	sed -E "s/^(ok|not ok|skip) /&$script: /" "$said"
	failed=$(grep -c '^not ok' "$said" || true)
	not_ok_count=$((not_ok_count + failed))
	[ "$failed" -gt 0 ] || check "$script.sh ran to its end" ran "$said"
done
