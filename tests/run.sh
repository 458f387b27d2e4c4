#!/bin/bash
# Builds ttrace and runs every test; the last line is "N passed, N failed, N skipped".
# shellcheck disable=SC2317  # functions that are passed by name
set -eu -o pipefail
cd "$(dirname "$0")/.."

usage() {
	cat <<-END
		usage: tests/run.sh            everything
		       tests/run.sh NAME...    build, then only these scripts of tests/real and tests/samples
		       tests/run.sh --list     their names

		TTRACE_SCRIPTS=N  run N scripts at a time instead of two
		TTRACE_QUICK=1  leave out the clang and sanitizer stages
		TTRACE_TIDY=1   run clang-tidy too, which takes longer than all the rest
		Exit status: 0 all passed or skipped; 1 something failed, or nothing ran.
	END
}
scripts() { find tests -maxdepth 2 -name '*.sh' | sed -nE '\,^tests/(real|samples)/,p' | sort; }

case ${1:-} in
--help | -h) usage; exit 0 ;;
--list) scripts | xargs -r -n1 basename -s .sh; exit 0 ;;
-*) usage >&2; exit 2 ;;
esac
wanted=("${@%.sh}")
for name in "${wanted[@]}"; do
	grep -qxE ".*/$name\.sh" <<<"$(scripts)" || { echo "no script is called $name: see --list" >&2; exit 2; }
done
quick=${TTRACE_QUICK:-0}
[ $# = 0 ] || quick=1

export BUILD=$PWD/build TTRACE=$PWD/build/ttrace ROOT=$PWD/build/rootfs-i386
mkdir -p "$BUILD"
log=$(mktemp "$BUILD/test-log.XXXXXX")
trap 'rm -f "$log"*' EXIT
passed=0 failed=0 skipped=0 since=0
jobs=$(nproc)

stage() { echo "== $1"; since=$SECONDS; }
stage_end() { echo "   $((SECONDS - since)) s"; }
show_log() { sed 's/^/   | /' "$log"; }
finish() {
	echo "took $SECONDS s"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ] && [ $((passed + failed)) -gt 0 ] || exit 1
	exit 0
}

# one NAME COMMAND...: a stage that is one case, and whose output matters only when it fails.
one() {
	local name=$1
	shift
	stage "$name"
	if "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		show_log
		echo "not ok $name"
		stage_end
		return 1
	fi
	stage_end
}

# must NAME COMMAND...: the same, where nothing can follow a failure.
must() { one "$@" || finish; }

# Ours, committed or not.
sources() { find analyzers preload tracer tests samples -name '*.h' -o -name '*.cc'; }
shell_scripts() { find tests samples docs .ci -name '*.sh' -o -name '*.bash' -o -path .ci/run; }

build() { cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs"; }
check_format() { sources | xargs clang-format --dry-run -Werror; }
check_shell() { shell_scripts | xargs shellcheck -x -P SCRIPTDIR; }
check_manual() { mandoc -Tlint -Wwarning docs/*.1; }
# The libraries and the program; what is in tests/ leans on Catch2's macros.
tidy() {
	run-clang-tidy -quiet -j "$jobs" -p build-sanitize "^$PWD/(analyzers|preload|tracer)/.*\.cc$" |
		{ grep -vE '^[0-9]+ warnings generated|^$|^clang-tidy' || true; }
}
unit_tests() { ctest --preset "$1" --output-on-failure -j "$jobs"; }

# Every case of a Catch2 program counts; another ctest test counts as one.
count_ctest() {
	awk '
		match($0, /^[0-9]+: /) { id = $1 + 0 }
		/: All tests passed \(/ { ok[id] = $(NF - 2) }
		/: test cases: / {
			for (i = 1; i <= NF; i++) {
				if ($i == "passed") ok[id] = $(i - 1)
				if ($i == "failed") bad[id] = $(i - 1)
			}
		}
		/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
			sub(/.*#/, ""); id = $0 + 0; word = $0
			p = ok[id] + 0; f = bad[id] + 0; s = 0
			if (word ~ /\*\*\*Skipped/) s = 1
			else if (word ~ / Passed /) { if (p == 0) p = 1 }
			else if (f == 0) f = 1
			passed += p; failed += f; skipped += s
		}
		END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

count_unit_tests() {
	local p f s status=0
	stage "unit tests"
	ctest --preset default --verbose >"$log" 2>&1 || status=$?
	read -r p f s < <(count_ctest "$log")
	[ $status = 0 ] || [ "$f" -gt 0 ] || f=1
	[ "$f" = 0 ] || show_log
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "unit tests: $p passed, $f failed, $s skipped"
	stage_end
}

# Tracing into --root, and -u, take root; as root the scripts keep what is passed here.
as_root=(env)
if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then
	as_root=(sudo env "BUILD=$BUILD" "TTRACE=$TTRACE" "ROOT=$ROOT")
fi

. tests/run_scripts.sh
trap 'end_scripts; kill_behind; rm -f "$log"*' EXIT

is_wanted() {
	[ ${#wanted[@]} = 0 ] || [[ " ${wanted[*]} " == *" $(basename "$1" .sh) "* ]]
}

stage "packages"
tests/deps.sh
stage_end
must "build with g++" build default
if [ ${#wanted[@]} = 0 ]; then
	one "clang-format" check_format || true
	one "shellcheck" check_shell || true
	one "manual page" check_manual || true
	count_unit_tests
fi
# One build serves as the second compiler's, the sanitizers' and the linter's.
[ "$quick" != 0 ] || start_behind "build with clang++, ASan and UBSan" build sanitize
stage "i386 root file system"
tests/rootfs.sh "$ROOT" || echo "without it, what needs it will be skipped"
stage_end
chosen=()
for script in $(scripts); do
	if is_wanted "$script"; then chosen+=("$script"); fi
done
run_together "${chosen[@]}"
if [ "$quick" = 0 ] && end_behind; then
	one "unit tests under ASan and UBSan" unit_tests sanitize || true
	if [ "${TTRACE_TIDY:-0}" = 1 ]; then one "clang-tidy" tidy || true; fi
fi
run_alone "${chosen[@]}"
finish
