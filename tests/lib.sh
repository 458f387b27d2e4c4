# shellcheck shell=bash
# What a test script in tests/real or tests/samples starts with:
#
#     #!/bin/bash
#     . "$(dirname "$0")/../lib.sh"
#
# It prints one line per case, "ok NAME", "not ok NAME - why" or "skip NAME - why", which
# tests/run.sh counts; anything else it prints is shown when the script fails. It can be run alone.
set -eu -o pipefail
shopt -s inherit_errexit

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$SOURCE/build}
TTRACE=${TTRACE:-$BUILD/ttrace}
ROOT=${ROOT:-$BUILD/rootfs-i386}
ABIS=${ABIS:-x86-64 i386}   # those that $TTRACE traces: where i386 alone, gcc makes its programs unasked
TMP=$(mktemp -d "${TMPDIR:-/tmp}/ttrace-test.XXXXXX")
export SOURCE BUILD TTRACE ROOT ABIS TMP
export LC_ALL=C.UTF-8 TZ=UTC0 NO_COLOR=1
not_ok_count=0

finish() {
	local status=$?
	rm -rf --one-file-system "$TMP"
	[ $not_ok_count = 0 ] || status=1
	exit $status
}
trap finish EXIT

ok() { echo "ok $1"; }
skip() { echo "skip $1 - $2"; }
not_ok() {
	echo "not ok $1 - $2"
	not_ok_count=$((not_ok_count + 1))
}

# own_network: goes on in a network namespace of the script's own, with its loopback up: all ports are
# free there, and routes are its own. With OWN_NAMESPACES=-mn so are mounts. Near the top: the script
# begins anew.
own_network() {
	local kinds=${OWN_NAMESPACES:--n}
	if [ -z "${TTRACE_OWN_NET:-}" ]; then
		unshare "$kinds" true 2>/dev/null || skip_all "network namespaces are not allowed here"
		rm -rf "$TMP"
		TTRACE_OWN_NET=1 exec unshare "$kinds" bash "$0"
	fi
	ip link set lo up
}

# only_one NAME: goes on once no other script that says the same runs: for what a machine has once.
only_one() {
	exec 9>"$BUILD/$1.lock"
	flock 9
}

# check NAME COMMAND...: ok if COMMAND succeeds; its output is shown if it does not.
check() {
	local name=$1
	shift
	if "$@" >"$TMP/.check" 2>&1; then
		ok "$name"
	else
		not_ok "$name" "status $?: $*"
		sed 's/^/# /' "$TMP/.check"
	fi
}

# same NAME EXPECTED ACTUAL: ok if the two strings are equal.
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "not what was expected"
		diff <(echo "$2") <(echo "$3") | sed 's/^/# /' || true
	fi
}

# contains NAME PATTERN FILE: ok if a line of FILE matches the extended regular expression.
contains() {
	if grep -qE -e "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1" "no line matches: $2"
		sed 's/^/# /' "$3"
	fi
}

# status_of COMMAND...: prints the exit status of COMMAND, whose output goes to $TMP/out, $TMP/err.
status_of() {
	local status=0
	"$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	echo $status
}

# Ends the script with one skip line, for what this machine does not allow.
skip_all() {
	skip "$(basename "$0" .sh)" "$1"
	exit 0
}
need_root() { [ "$(id -u)" = 0 ] || skip_all "needs root"; }
need_rootfs() { [ -x "$ROOT/usr/bin/sudo" ] || skip_all "no i386 root file system at $ROOT"; }
need_command() { command -v "$1" >/dev/null || skip_all "needs $1"; }
