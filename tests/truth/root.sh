#!/bin/bash
# Makes DIR, the root in which the corpus runs: a copy of the tests' i386 root with the inputs that
# the commands need, as the true machine had them. DIR.stamp says what it was made of.
set -eu -o pipefail
cd "$(dirname "$0")"
[ $# = 2 ] || { echo "usage: tests/truth/root.sh ROOT DIR" >&2; exit 2; }
from=$1 dir=$2

stamp=$(cat fixtures.sh root.sh "$from.stamp" | sha256sum | cut -d' ' -f1)
exec 9>"$dir.lock"
flock 9
[ ! -d "$dir" ] || [ "$(cat "$dir.stamp" 2>/dev/null)" != "$stamp" ] || exit 0

new=$dir.new
trap 'rm -rf --one-file-system "$new"' EXIT
rm -rf --one-file-system "$new"
cp -a --reflink=auto "$from" "$new"

# What the true machine's root held besides the packages, as far as a command shows it.
for name in initrd.img initrd.img.old vmlinuz vmlinuz.old; do : >"$new/$name"; done
mkdir -p "$new/lost+found" "$new/etc/cron.daily"
for name in 0anacron acct; do
	printf '#!/bin/sh\n' >"$new/etc/cron.daily/$name"
	chmod 755 "$new/etc/cron.daily/$name"
done

# The agents that gpg starts end with the namespace of processes.
cp fixtures.sh "$new/root/fixtures.sh"
# shellcheck disable=SC2016  # it is the inner shell's
unshare --pid --fork --kill-child --mount --mount-proc --net --uts -- \
	sh -ec 'hostname y2038; mount --bind /proc "$1/proc"; exec chroot "$1" /bin/bash /root/fixtures.sh' \
	sh "$new" </dev/null >"$dir.log" 2>&1 9>&- || { tail -n 20 "$dir.log" >&2; exit 1; }
rm -rf "$new/root/fixtures.sh" "$new"/tmp/* "$new"/tmp/.[!.]*
find "$new" -xdev -exec touch -h -d '2026-05-01 00:00:00 UTC' {} +

rm -f "$dir.stamp"
rm -rf --one-file-system "$dir"
mv "$new" "$dir"
echo "$stamp" >"$dir.stamp"
