#!/bin/bash
# A real systemd as PID 1 (--init) of an i386 and an amd64 Debian 12 root: it boots its units, is
# crashed, and its story is told. The machine notices nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_root
need_command jq
only_one init-groups
cd "$TMP" || exit
ulimit -S -c 0
coredump='|/lib/systemd/systemd-coredump %P %u %g %s %t %c %h'

# As the last of its units systemd is asked to send a signal, which nothing before makes it do; and
# that only if the rest has started.
boot='cd /etc/systemd/system && mkdir -p multi-user.target.wants
ln -s ../last.service multi-user.target.wants && cat >last.service <<END
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c "systemctl is-active sysinit.target multi-user.target systemd-journald \
systemd-coredump.socket && systemctl kill -s CONT systemd-journald"
END
exec /lib/systemd/systemd'

# boots ROOT NAME ABI: the cases.
boots() {
	local root=$1 name="systemd, $2" abi=$3 story
	story='.id == "crash.signal" and ([.crash.steps[].text] | '
	same "$name: status" 255 "$(trace --root "$root" --init --timeout 50s \
		--crash SEGV:systemd@syscall:kill sh -c "$boot")"
	check "$name: it had booted" jq -e '.run.processes > 25' "$REPORT"
	has "$name: its handler" ".id == \"crash.handler\" and .process.abi == \"$abi\"
		and (.crash.handler_flags | contains([\"SA_NODEFER\"]))"
	has "$name: where it was: as its last unit asked" '.id == "crash.signal" and ([.stack[].function]
		| contains(["unit_kill_common"]) and contains(["bus_unit_method_kill"]))'
	has "$name: it forks" "$story any(test(\"^handler .* forks [0-9]+$\")))"
	has "$name: its child dies in its place" "$story any(test(\"^[0-9]+ restores SIG_DFL for SIGSEGV$\"))
		and any(test(\"^[0-9]+ prlimit64\\\\(RLIMIT_CORE, RLIM_INFINITY\\\\)\"))
		and any(test(\"^[0-9]+ raises SIGSEGV by kill\")))"
	has "$name: it waits for that" "$story any(test(\"^sees that [0-9]+ was killed\")))"
	has "$name: it ends by itself" "$story any(. == \"exits with status 255\"))"
	has "$name: the core's fate" '.id | startswith("crash.core-")'
	# A systemd-coredump that finds that PID 1 has crashed does its work by itself since v229.
	trace --root "$root" --init --timeout 50s --crash SEGV:systemd@syscall:kill \
		--core-pattern "$coredump" sh -c "$boot" >/dev/null
	has "$name: systemd-coredump saves the core of the child" '.id == "crash.core-kept"
		and (.message | contains("systemd-coredump")) and (.message | contains("saved it by itself")) and .crash.core.program_exit == 0'
	has "$name: ... as PID 1 has crashed" "$story any(contains(\"Due to PID 1 having crashed\")))"
	has "$name: ... of which that learns" "$story any(contains(\"dumped core (CLD_DUMPED)\"))
		and any(contains(\"Caught <SEGV>, dumped core as pid\")))"
}

if [ -x "$ROOT/lib/systemd/systemd" ]; then
	boots "$ROOT" i386 i386
else
	skip "systemd, i386" "no systemd in the i386 root file system"
fi
if [ "$(uname -m)" = x86_64 ] && "$SOURCE/tests/rootfs.sh" "$BUILD/rootfs-amd64" amd64 >root.log 2>&1
then
	boots "$BUILD/rootfs-amd64" amd64 x86-64
else
	skip "systemd, amd64" "no amd64 root file system: $(tail -1 root.log)"
fi
same "systemd: no control group is left" "" "$(left_groups)"
