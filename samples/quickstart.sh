#!/bin/bash
# From a fresh checkout to a first report: builds ttrace, makes an i386 Debian 12 root file system
# and runs its sudo on a day that 32-bit time does not reach.
set -eu
cd "$(dirname "$0")/.."

root=build/rootfs-i386
report=build/quickstart.txt
job=(build/ttrace --root "$root" --clock 2038-01-19 -o "$report" sudo ls)

step() { echo "[$1/4] $2"; }

step 1 "packages"
tests/deps.sh

step 2 "build"
cmake --preset default >/dev/null
cmake --build --preset default

step 3 "i386 root file system"
tests/rootfs.sh "$root"

# A mount namespace of its own takes root.
[ "$(id -u)" = 0 ] || job=(sudo "${job[@]}")
step 4 "${job[*]}"
rm -f "$report"
status=0
"${job[@]}" || status=$?
cat "$report"

# sudo itself gives up with 1, and says so; that it does, and why, is what the report shows.
if [ $status != 1 ] || ! grep -q 'time\.eoverflow' "$report"; then
	echo "this is not what was expected: exit status $status" >&2
	exit 1
fi
echo "sudo could not get the time, as on a machine whose clock is past 2038; that is the report."
