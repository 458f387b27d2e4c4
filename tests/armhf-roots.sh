#!/bin/bash
# Unpacks a few armhf packages of Debian 12 (a 32-bit time_t) and of Debian 13 (a 64-bit one) into
# DIR-bookworm and DIR-trixie, for what only reads them: nothing of them is run or configured. Made
# beside their place and renamed when complete; made anew when this script changes.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. tests/mirror.sh
[ $# = 1 ] || { echo "usage: tests/armhf-roots.sh DIR" >&2; exit 2; }
dir=$1
packages=busybox,coreutils,dash,findutils,grep,gzip,login,mawk,procps,sed,sudo,tar,util-linux
stamp=$(sha256sum tests/armhf-roots.sh | cut -d' ' -f1)

[ "$(id -u)" = 0 ] && mode=root || mode=fakeroot
exec 9>"$dir.lock"
flock 9
for suite in bookworm trixie; do
	[ "$(cat "$dir-$suite.stamp" 2>/dev/null)" != "$stamp" ] || continue
	mapfile -t options < <(apt_options)
	rm -rf --one-file-system "$dir.new" "$dir-$suite" "$dir-$suite.stamp"
	mmdebstrap --mode="$mode" --variant=extract --arch=armhf --components=main --skip=check/qemu \
		"${options[@]}" --include=$packages "$suite" "$dir.new" "$(mirror)" \
		</dev/null >"$dir-$suite.log" 2>&1 9>&- || { tail -5 "$dir-$suite.log" >&2; exit 1; }
	rm -rf "$dir.new"/{dev,var/cache,var/lib/apt,usr/share/doc,usr/share/locale,usr/share/man}
	mv "$dir.new" "$dir-$suite"
	echo "$stamp" >"$dir-$suite.stamp"
done
