#!/bin/bash
# What becomes of a core, as core(5) lists it, on the real kernel; the machine's core_pattern is left
# as it is. core(5), "There are various circumstances in which a core dump file is not produced":
#
#   what core(5) says                             shown by
#   no permission to write the file               "unwritable", "unsearchable" (below), by mode and by
#                                                 "access list"
#   a file of that name that is not writable      "sticky", "immutable": it cannot be replaced. (Since
#                                                 Linux 4.3 an older file is unlinked, not written to)
#   ... or not regular                            "a directory in its place"; a link is replaced
#   ... or has more than one hard link            "an older file is replaced": since Linux 4.3
#   ... or, by its file system, another owner     "no file to write to" (hugetlbfs), core_fate_test.cc
#   the file system is full                       "a full disk", "no space at all"
#   ... or has no inode left                      "no inode left"
#   ... or is read-only                           "read-only"
#   the user's quota is used up                   "quota", where the kernel has quotas; core_fate_test.cc
#   the directory does not exist                  "gone"; core_pattern.sh, "/nosuch/core"
#   RLIMIT_CORE is 0                              "RLIMIT_CORE", three times
#   RLIMIT_FSIZE is 0                             "RLIMIT_FSIZE"
#   the program may not be read                   "a program that its user may not read"
#   set-user-ID, capabilities, changed ids        "a set-user-ID program", "capabilities", "ids"
#   ... with suid_dumpable 2                      "suid_dumpable 2", four times
#   core_pattern empty and core_uses_pid 0        core_pattern.sh, "none"
#   no CONFIG_COREDUMP                            "no CONFIG_COREDUMP"
#   MADV_DONTDUMP leaves memory out               "MADV_DONTDUMP": the core is kept all the same
#   (not there) RLIMIT_CORE cuts it off           "cut off"
#   (not there) killed while it dumps             "interrupted"
#   (not there) pipes, systemd-coredump           core_pattern.sh, crash_systemd.sh
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
enter_core_folder
pattern=$(cat /proc/sys/kernel/core_pattern)
program=$(compile crashes) || skip_all "crashes.c cannot be built here"
[ "$pattern $(ulimit -c)" = "core unlimited" ] ||
	skip_all "cores do not go into the working directory here (core_pattern: $pattern)"

# is_lost NAME PATTERN: the last run's core is told to be lost, with PATTERN in the message.
is_lost() { has "core: $1" ".id == \"crash.core-lost\" and (.message | test(\"$2\"))"; }
# lost NAME PATTERN COMMAND...: crash.core-lost says PATTERN, and there is no whole core.
lost() {
	local name=$1 pattern=$2
	shift 2
	trace "$@" >/dev/null
	is_lost "$name" "$pattern"
	check "core: $name: so it is" test ! -s core
	rm -rf core
}
# is_kept NAME: it is told to be kept, and is there.
is_kept() {
	has "core: $1" ".id == \"crash.core-kept\" and .crash.core.where == \"$PWD/core\"
		and .crash.core.size == $(stat -c %s core || echo 0) and .crash.core.size > 5000"
	rm -f core
}

trace "$program" fault >/dev/null
is_kept "kept, and where"
trace "$program" dontdump >/dev/null
check "core: MADV_DONTDUMP: its memory is left out" [ "$(stat -c %s core)" -lt 32000000 ]
is_kept "MADV_DONTDUMP"
lost "RLIMIT_CORE, set by itself" 'RLIMIT_CORE is 0 .crashes.* by (prlimit64|setrlimit)' "$program" nolimit
(
	ulimit -S -c 0
	trace "$program" fault >/dev/null
)
is_lost "RLIMIT_CORE, from before" 'it was so when the run began'
lost "RLIMIT_CORE, by a shell" 'RLIMIT_CORE is 0 .(ba|da)?sh\\[' sh -c "ulimit -c 0; '$program' fault; true"
trace "$program" smalllimit >/dev/null
is_lost "cut off by RLIMIT_CORE" 'cut it off'
rm -f core
lost "PR_SET_DUMPABLE" 'PR_SET_DUMPABLE, 0' "$program" nodump
lost "RLIMIT_FSIZE" 'RLIMIT_FSIZE is 0' sh -c "ulimit -f 0; '$program' fault; true"
mkdir core
trace "$program" fault >/dev/null
is_lost "a directory in its place" 'no regular file'
rmdir core
ln -s elsewhere core
trace "$program" fault >/dev/null
is_kept "a link in its place is replaced"
echo >one && ln one core
trace "$program" fault >/dev/null
is_kept "an older file is replaced"
rm -f one
lost "gone" 'does not exist' \
	sh -c "mkdir gone && cd gone && rmdir ../gone && '$program' fault; true"

# Killed in the middle of it: now and then the core is written faster than that.
for _ in {1..9}; do
	# shellcheck disable=SC2016  # the target's own
	trace sh -c 'echo $$ >pid; exec "$0" large' "$program" >/dev/null &
	while [ ! -s core ] && [ -d /proc/$! ]; do :; done
	kill -KILL "$(cat pid)" || true
	wait $!
	rm -f core pid
	! jq -e '.findings[] | select(.id == "crash.core-lost")' "$REPORT" >/dev/null || break
done
is_lost "interrupted" 'interrupted after .*: the process was killed while it was written'

[ "$(id -u)" = 0 ] || { skip "core: other users" "not root"; exit; }
chmod 755 "$TMP" "$program"
# in_folder NAME COMMAND...: has nobody crash there after a COMMAND.
in_folder() { trace -u nobody sh -c "cd $1 && $2; '$program' fault; true" >/dev/null; }
mkdir -m 755 closed
lost "unwritable: a directory of another user" 'cannot be written by the user' \
	-u nobody sh -c "cd closed && '$program' fault; true"
mkdir -m 777 acl
if python3 - 2>/dev/null <<'PY'; then
import os, struct
entries = [(1, 7, -1), (2, 5, 65534), (4, 7, -1), (16, 7, -1), (32, 7, -1)]  # user:nobody:r-x
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *e) for e in entries)
os.setxattr("acl", "system.posix_acl_access", acl)
PY
	in_folder acl true
	is_lost "unwritable by its access list" 'cannot be written by the user'
else
	skip "core: unwritable by its access list" "no access lists here"
fi
mkdir -m 777 blind && chown nobody blind
in_folder blind "chmod 666 ."
is_lost "unsearchable" 'it or one above it may not be searched'
mkdir -m 1777 sticky && echo old >sticky/core
in_folder sticky true
is_lost "sticky: another's file in its place" 'exists, and the user of the process may not replace it'
same "core: sticky: so it is" old "$(cat sticky/core)"
mkdir -m 777 fixed && echo old >fixed/core
if chattr +i fixed/core 2>/dev/null; then
	in_folder fixed true
	is_lost "immutable: a file in its place" 'exists, and the user of the process may not replace it'
	chattr -i fixed/core
else
	skip "core: immutable" "this file system knows no such files"
fi
lost "ids that have changed" 'changed its ids by setresuid\\(65534, 65534, 65534\\), and /proc/sys/fs/suid_dumpable is 0' \
	"$program" setuid
cp "$program" suid && chmod 4755 suid
lost "a set-user-ID program" 'it runs .*/suid .a set-user-ID' -u nobody ./suid fault
cp "$program" unreadable && chmod 711 unreadable
lost "a program that its user may not read" 'it runs .*/unreadable .a program that its user may not read' \
	-u nobody ./unreadable fault
cp "$program" capable && if setcap cap_net_raw+ep capable 2>/dev/null; then
	lost "a program with capabilities" 'it runs .*/capable' -u nobody ./capable fault
else
	skip "core: a program with capabilities" "no setcap, or a file system without them"
fi

# on TYPE OPTIONS COMMAND: crashes in such a file system after a COMMAND.
mkdir small
on() {
	mount -t "$1" -o "$2" none small || return
	trace sh -c "cd small && $3; '$program' fault; true" >/dev/null
	umount small
}
on tmpfs nr_inodes=2 "touch one"
is_lost "no inode left" 'is full'
on tmpfs size=128k "head -c 100000 /dev/zero >filler"
is_lost "a full disk" 'interrupted after .* is full|: the file system of .* is full'
on tmpfs size=128k "head -c 131072 /dev/zero >filler"
is_lost "no space at all" ': the file system of .* is full'
on tmpfs ro true
is_lost "read-only" 'read-only'
if on hugetlbfs mode=777 true 2>/dev/null; then
	is_lost "no file to write to" 'the kernel would not write to it'
else
	skip "core: no file to write to" "no hugetlbfs here"
fi
if mount -t tmpfs -o usrquota,usrquota_block_hardlimit=64k none small 2>/dev/null; then
	chmod 777 small
	in_folder small true
	is_lost "quota" 'a quota of the user on it is used up'
	umount small
else
	skip "core: quota" "this kernel has no quotas for tmpfs"
fi

# with_setting FILE VALUE COMMAND...: this setting of the machine reads so, for COMMAND alone.
with_setting() {
	echo "$2" >"$TMP/setting"
	# shellcheck disable=SC2016  # the other shell's own
	unshare -m sh -c 'mount --bind "$0" "$1"; shift; exec "$@"' "$TMP/setting" "$1" "${@:3}"
}
# careful NAME PATTERN: what a program that has changed its ids leaves, with suid_dumpable 2.
careful() {
	rm -f "$REPORT"
	with_setting /proc/sys/fs/suid_dumpable 2 "$TTRACE" -o "$REPORT" --core-pattern "$2" \
		"$program" setuid >out 2>&1 || true
}
careful relative core
is_lost "suid_dumpable 2: a relative pattern" 'suid_dumpable is 2, which asks for a core_pattern that is a pipe or begins with /'
careful absolute "$PWD/core"
same "core: suid_dumpable 2: the file is root's" "0 600" "$(stat -c '%u %a' core)"
is_kept "suid_dumpable 2: an absolute pattern"
echo old >core
careful existing "$PWD/core"
is_lost "suid_dumpable 2: nothing is replaced" 'exists, and with suid_dumpable 2 a core replaces no file'
same "core: suid_dumpable 2: so it is" old "$(cat core)"
rm -f core
careful pipe "|/bin/sh -c cat>$PWD/mode"
has "core: suid_dumpable 2: a pipe" '.id == "crash.core-kept"'
(
	cd closed || exit   # so that the kernel, which has its pattern, makes none
	rm -f "$REPORT"
	# shellcheck disable=SC2016  # the other shell's own
	unshare -m sh -c 'mount -t tmpfs none /proc/sys/kernel; exec "$@"' sh "$TTRACE" -u nobody -o "$REPORT" \
		"$program" fault >out 2>&1 || true
)
is_lost "no CONFIG_COREDUMP" 'it is not there, in a kernel without CONFIG_COREDUMP'
