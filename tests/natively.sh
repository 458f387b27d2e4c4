#!/bin/bash
# What a program does without ttrace, for tests/real/crash_points.sh:
#
#     natively.sh list FILE COMMAND...    writes its system calls to FILE, as strace -f does
#     natively.sh SIGNAL FILE COMMAND...  strace puts SIGNAL at each call that FILE names, a line
#                                         "NAME NTH" each; prints the status that COMMAND ends with
#
# COMMAND is started by links called p0, p1, … With $NATIVE_ROOT it runs inside that root, in mounts
# that must be this script's own (unshare -m); nothing of the root is written.
set -eu
what=$1 file=$(realpath "$2") name=$3
shift 3
folder=$(mktemp -d) enter=() outside=
if [ -n "${NATIVE_ROOT:-}" ]; then
	mount --bind "$NATIVE_ROOT" "$NATIVE_ROOT"
	mount -o remount,bind,ro "$NATIVE_ROOT"
	mount -t proc proc "$NATIVE_ROOT/proc"
	mount --rbind /dev "$NATIVE_ROOT/dev"
	mount -t tmpfs tmpfs "$NATIVE_ROOT/tmp"
	mount -t tmpfs tmpfs "$NATIVE_ROOT/run"
	rmdir "$folder"
	outside=$NATIVE_ROOT folder=/tmp/place
	mkdir -m 700 "$outside$folder"
	enter=(chroot "$NATIVE_ROOT")
fi
# shellcheck disable=SC2016  # the other shell's own
program=$("${enter[@]}" sh -c 'command -v "$0"' "$name")
export GNUPGHOME=$folder

# run NAME STRACE_OPTION... -- ARG...: prints the status.
run() {
	local link=$folder/$1 options=() status=0
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	ln -s "$program" "$outside$link"
	strace -qq "${options[@]}" "${enter[@]}" "$link" "${@:2}" </dev/null >/dev/null 2>&1 || status=$?
	echo $status
}

n=0
if [ "$what" = list ]; then
	run p0 -f -o "$file" -- "$@" >/dev/null
else
	while read -r call nth <&3; do
		n=$((n + 1))
		run p$n -o /dev/null -e "trace=$call" -e "inject=$call:signal=$what:when=$nth" -- "$@"
	done 3<"$file"
fi
rm -rf --one-file-system "$outside$folder"
