#!/bin/bash
# Makes the i386 Debian 12 root file system in which the real programs of the tests run; with amd64
# as second argument, a small one that boots a systemd and is only unpacked (a quarter of the time);
# with bare and PACKAGES, amd64 (or ARCH) with these and what is essential.
# It is made beside DIR and renamed when complete; DIR.stamp says what it was made of, so that a good
# one is used again and an outdated one is made anew. DIR.log keeps the full output.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. tests/mirror.sh

if [ $# -lt 1 ] || [ $# -gt 4 ] || [ "$1" = --help ]; then
	echo "usage: tests/rootfs.sh DIR [i386|amd64|bare PACKAGES [ARCH]]" >&2
	[ "${1:-}" = --help ] && exit 0 || exit 2
fi
mkdir -p "$(dirname "$1")"
dir=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

# All that decides what ends up in DIR. The main suite alone: two suites out of step on a mirror
# would make it fail, and the tests compare with what exactly these versions do.
case ${2:-i386} in
i386)
	packages=$(sed 's/#.*//' tests/rootfs-packages.txt | xargs | tr ' ' ,)
	recipe=(--arch=i386 --variant=minbase --components=main --include="$packages"
		--customize-hook="rm -f \$1/var/cache/debconf/*-old \$1/var/lib/dpkg/*-old" bookworm)
	;;
amd64)
	recipe=(--arch=amd64 --variant=extract --components=main
		--include="systemd,systemd-coredump,base-files,bash,dash,coreutils" bookworm)
	;;
bare)
	recipe=(--arch="${4:-amd64}" --variant=essential --components=main --include="${3:?PACKAGES}" bookworm)
	;;
*) echo "tests/rootfs.sh: no root file system for '$2'" >&2; exit 2 ;;
esac
stamp=$(printf '%s\n' "${recipe[@]}" | sha256sum | cut -d' ' -f1)

# Root makes a root file system that root can run; sudo as well. With neither, its files belong to
# subordinate users, and set-user-ID programs in it work in a user namespace only.
if [ "$(id -u)" = 0 ]; then
	as_owner=() mode=root
elif sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; then
	as_owner=(sudo) mode=root
else
	as_owner=(mmdebstrap --unshare-helper) mode=unshare
fi

# Shows the steps, and on a terminal a running count of the packages; the rest is in the log.
condense() {
	awk -v tty="$1" '
		/^Setting up / { n++; if (tty) printf "\r  %d packages set up\033[K", n; fflush(); next }
		/^[IWE]: / { if (tty) printf "\r\033[K"; print "  " $0; fflush() }
		END { if (tty) printf "\r\033[K"; print "  " n + 0 " packages set up" }'
}

# What belongs to subordinate users they must empty; the directory itself goes with its parent.
remove() {
	[ ! -e "$1" ] || "${as_owner[@]}" rm -rf --one-file-system "$1" 2>/dev/null || rmdir "$1"
}

exec 9>"$dir.lock"
flock 9   # a second run waits for the first and then finds its work done
if [ -d "$dir" ] && [ "$(cat "$dir.stamp" 2>/dev/null)" = "$stamp" ]; then
	echo "$dir: up to date"
	exit 0
fi

new=$dir.new
trap 'remove "$new"' EXIT
trap 'exit 130' INT TERM
remove "$new"
run=() tty=
[ "${as_owner[0]:-}" != sudo ] || run=(sudo)
[ ! -t 1 ] || tty=1
from=$(mirror)
mapfile -t options < <(apt_options)
echo "making $dir from $from (a minute or two)"
if ! "${run[@]}" mmdebstrap --verbose --mode=$mode "${options[@]}" "${recipe[@]}" "$new" "$from" \
	</dev/null 2>&1 9>&- | tee "$dir.log" | condense "$tty"; then
	tail -n 20 "$dir.log" >&2
	echo "tests/rootfs.sh: mmdebstrap failed; its whole output: $dir.log" >&2
	exit 1
fi
rm -f "$dir.stamp"
remove "$dir"
mv "$new" "$dir" 2>/dev/null || "${run[@]}" mv "$new" "$dir"
echo "$stamp" >"$dir.stamp"
echo "made $dir in $SECONDS s"
