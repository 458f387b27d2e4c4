#!/bin/bash
# --root puts a layer over the directory; the target must not see that in the time stamps. busybox
# tells: it fails on any file with a stamp past 2038.
. "$(dirname "$0")/../lib.sh"
need_root
need_rootfs

in_root() {
	status_of "$TTRACE" -q -o "$TMP/report.json" --root "$ROOT" --clock 2038-01-19T04:00:08Z \
		sh -c "$1"
}
stays_old() { same "$1" 0 "$(in_root "$2")"; }
is_fresh() {
	same "$1" 1 "$(in_root "$2")"
	contains "$1: and says so" 'Value too large' "$TMP/err"
}

stays_old "a file of the root" 'busybox ls /etc/profile'
stays_old "a file opened to write" 'exec 3<>/etc/profile; busybox ls /etc/profile'
stays_old "the directories above a changed file" 'echo >>/etc/apt/x; busybox ls -d /etc / /tmp'
is_fresh "a changed file" 'echo >>/etc/profile; busybox ls /etc/profile'
is_fresh "a changed mode" 'chmod 600 /etc/profile; busybox ls /etc/profile'
is_fresh "a changed owner" 'chown 1 /etc/profile; busybox ls /etc/profile'
is_fresh "a new name" 'mv /etc/profile /etc/p; busybox ls /etc/p'
is_fresh "a further name" 'ln /etc/profile /etc/p; busybox ls /etc/profile'
is_fresh "a date set back" 'touch -d 2026-05-01 /etc/profile; busybox ls /etc/profile'
is_fresh "a directory's date set back" 'touch -d 2026-05-01 /etc/apt; busybox ls -d /etc/apt'
is_fresh "a copy with the old date" 'cp -p /etc/profile /etc/p; busybox ls /etc/p'
for path in /proc /proc/self /sys /dev /dev/null /run /dev/shm; do
	is_fresh "$path" "busybox ls -d $path"
done
is_fresh "a pipe" 'true | busybox stat -L -c %n /dev/fd/0'
same "/dev is the target's own" 0 "$(in_root ': >/dev/ttrace-test && rm /dev/zero && echo >/dev/null')"
check "/dev of the machine stays" test -e /dev/zero -a ! -e /dev/ttrace-test
same "terminals can be made" 0 "$(in_root 'python3 -c "import pty; pty.openpty()"')"
