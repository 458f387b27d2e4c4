#!/bin/bash
# Fatal signals, what handlers do with them, and what becomes of the core: real programs and the
# real kernel. The machine's core_pattern is left as it is.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
mkdir -m 777 "$TMP/work"
cd "$TMP/work" || exit
ulimit -S -c unlimited 2>/dev/null || true
ulimit -S -s 1024   # a short way to its end
pattern=$(cat /proc/sys/kernel/core_pattern)
cores=0   # do cores go into the working directory here?
[ "$pattern" != core ] || [ "$(ulimit -c)" != unlimited ] || cores=1

# story: the time line of the last report.
story() { jq -r '.findings[] | select(.id == "crash.signal") | .crash.steps[].text' "$REPORT"; }
# told NAME PATTERN: the time line has such a line.
told() {
	story >"$TMP/story"
	contains "$1" "$2" "$TMP/story"
}
# ids: the findings of the last report, in a line.
ids() { jq -r '[.findings[].id | sub("crash."; "")] | join(" ")' "$REPORT"; }

for flags in "" -m32 "-m32 -static"; do
	# shellcheck disable=SC2086  # flags are words
	if ! program=$(compile $flags crashes); then
		skip "crashes gcc $flags" "it cannot be built here: $(head -1 "$TMP/.cc")"
		continue
	fi
	name="crash, gcc $flags"
	# Each dies as it does without ttrace.
	for case in fault abort denied bus ud2 int3 divide threads overflow onstack nostack settings jump nodump \
		nolimit smalllimit exit return raise recurse printf exec handled quiet; do
		expected=$(status_of "$program" $case)
		expected+=" $(cat "$TMP/out")"
		same "$name: $case ends as without ttrace" "$expected" \
			"$(trace "$program" $case) $(cat "$TMP/out")"
		rm -f core*
	done
	no_findings_after() { trace "$program" "$1" >/dev/null; no_findings "$name: $1: no finding"; }
	no_findings_after quiet

	trace "$program" fault >/dev/null
	has "$name: fault" '.id == "crash.signal" and .level == "error" and .crash.signal == "SIGSEGV"
		and .crash.code == "SEGV_MAPERR" and .crash.address == "0x0"
		and .crash.mapped == "not mapped" and .stack[0].function == "fault"
		and (.crash.registers | length) > 8'
	trace "$program" denied >/dev/null
	has "$name: denied" '.crash.code == "SEGV_ACCERR" and (.crash.mapped | contains("r--p"))'
	trace "$program" overflow >/dev/null
	has "$name: overflow" '.crash.mapped == "not mapped, just below the stack, whose limit is 1048576 bytes"
		and (.hint | contains("RLIMIT_STACK (it was so when the run began)"))'
	trace "$program" bus >/dev/null
	has "$name: bus" '.crash.signal == "SIGBUS" and .crash.code == "BUS_ADRERR"
		and (.crash.mapped | contains("memfd:short"))'
	trace "$program" divide >/dev/null
	has "$name: divide" '.crash.signal == "SIGFPE" and .crash.code == "FPE_INTDIV"'
	trace "$program" ud2 >/dev/null
	has "$name: ud2" '.crash.signal == "SIGILL" and .crash.code == "ILL_ILLOPN"'
	trace "$program" abort >/dev/null
	has "$name: abort" '.crash.signal == "SIGABRT" and .crash.sender == "itself"
		and any(.stack[]; .function == "abort")'
	trace "$program" threads >/dev/null
	has "$name: threads: every stack" '.crash.threads | (length == 3)
		and ([.[].comm] | (contains(["sleeper-1"]) and contains(["sleeper-2"])))
		and ([.[].stack[].function] | contains(["sleeper"]))'

	trace "$program" exit >/dev/null
	same "$name: exit" "signal handler handler-path core-lost" "$(ids)"
	told "$name: exit: the handler is named" '^handler h_exit\(\) runs on the thread.s own stack$'
	told "$name: exit: the status" '^exits with status 42$'
	has "$name: exit: why there is no core" \
		'.id == "crash.core-lost" and (.message | contains("exited with status 42 after SIGSEGV"))'
	trace "$program" onstack >/dev/null
	told "$name: onstack" '^handler h_exit\(\) runs on an alternate stack( of 65536 bytes)?$'
	has "$name: onstack: flags" '.id == "crash.handler" and .crash.handler_flags == ["SA_ONSTACK"]'
	trace "$program" nostack >/dev/null
	has "$name: nostack: its handler has no stack to run on" \
		'.crash.outcome == "it could not run, for want of a stack"'
	trace "$program" settings >/dev/null
	while read -r setting; do told "$name: settings" "$setting"; done <<-'END'
		 sets RLIMIT_STACK to 262144 by (setrlimit|prlimit64)\(\)$
		 calls prctl\(PR_SET_PTRACER, PR_SET_PTRACER_ANY\)( = 0| fails with EINVAL)$
		 calls prctl\(PR_SET_PDEATHSIG, SIGQUIT\) = 0$
		 calls prctl\(PR_SET_NO_NEW_PRIVS, 1\) = 0$
		 calls prctl\(PR_SET_SECCOMP, SECCOMP_MODE_FILTER\) = 0$
		 calls prctl\(PR_SET_DUMPABLE, 1\) = 0$
		 sets an alternate stack for its handlers: 65536 bytes at 0x[0-9a-f]+$
		^handler h_exit\(\) runs on an alternate stack( of 65536 bytes)?$
	END
	has "$name: settings: whose stack is full" '.id == "crash.signal"
		and (.hint | test("RLIMIT_STACK .crashes.* set it by"))'
	trace "$program" jump >/dev/null
	told "$name: jump" 'is left by a jump'
	same "$name: jump: nothing died" "signal handler handler-path" "$(ids)"
	trace "$program" return >/dev/null
	told "$name: return" '^handler h_return\(\) returns'
	has "$name: return: and the fault comes again" '.crash.outcome == "died once it had returned"'
	trace "$program" raise >/dev/null
	told "$name: raise" '^restores SIG_DFL for SIGSEGV$'
	told "$name: raise: again" '^raises SIGSEGV by tgkill\(\) again$'
	has "$name: raise: outcome" '.crash.outcome == "it raised the signal again"'
	trace "$program" recurse >/dev/null
	has "$name: recurse" '.crash.outcome == "it crashed itself"'
	has "$name: recurse: the stack of the core leads through the signal" \
		'(.id | startswith("crash.core-")) and ([.stack[].function | select(. != null)
			| select(test("fault|h_recurse|main$"))] | .[:4] == ["fault", "h_recurse", "fault", "main"])'
	trace --timeout 1s "$program" hang >/dev/null
	told "$name: hang" '^is still in pause\(\) when it ends$'
	has "$name: hang: outcome" '.crash.outcome == "it hung"'
	has "$name: hang: its stack leads through the signal" '.id == "process.hung"
		and ([.stack[].function] | contains(["h_hang"]) and contains(["fault"]))'
	trace "$program" printf >/dev/null
	told "$name: printf" 'called by (_IO_)?(printf|fflush)\(\), which no handler may call'
	trace "$program" exec >/dev/null
	told "$name: exec" '^[0-9]+ executes /bin/echo$'
	trace "$program" handled >/dev/null
	same "$name: handled" "note signal,note handler" \
		"$(jq -r '[.findings[] | "\(.level) \(.id | sub("crash."; ""))"] | join(",")' "$REPORT")"
	for signal in 3 4 5 6 7 8 11 24 25 31; do
		same "$name: kill $signal: status" $((128 + signal)) "$(trace "$program" kill $signal)"
		has "$name: kill $signal" ".crash.signal == \"SIG$(kill -l $signal)\" and .crash.code == \"SI_USER\""
	done
	for signal in 1 2 9 13 14 15; do
		trace "$program" kill $signal >/dev/null
		no_findings "$name: kill $signal is no crash"
	done
	rm -f core*
done

# The core's fate: the rows of core(5) that a machine shows without its settings being changed.
if ! program=$(compile crashes) || [ $cores = 0 ]; then
	skip "core" "cores do not go into the working directory here (core_pattern: $pattern)"
	exit
fi
# lost NAME PATTERN COMMAND...: crash.core-lost says PATTERN, and there is no whole core.
lost() {
	local name=$1 pattern=$2
	shift 2
	trace "$@" >/dev/null
	has "core: $name" ".id == \"crash.core-lost\" and (.message | test(\"$pattern\"))"
	check "core: $name: so it is" test ! -s core
	rm -rf core
}
trace "$program" fault >/dev/null
has "core: kept, and where" ".id == \"crash.core-kept\" and .crash.core.where == \"$PWD/core\"
	and .crash.core.size == $(stat -c %s core)"
rm -f core
lost "RLIMIT_CORE, set by itself" 'RLIMIT_CORE is 0 .crashes.* by (prlimit64|setrlimit)' "$program" nolimit
(
	ulimit -S -c 0
	trace "$program" fault >/dev/null
)
has "core: RLIMIT_CORE, from before" \
	'.id == "crash.core-lost" and (.message | contains("it was so when the run began"))'
lost "RLIMIT_CORE, by a shell" 'RLIMIT_CORE is 0 .(ba|da)?sh\\[' sh -c "ulimit -c 0; '$program' fault; true"
trace "$program" smalllimit >/dev/null
has "core: cut off by RLIMIT_CORE" '.id == "crash.core-lost" and (.message | contains("cut it off"))'
rm -f core
lost "PR_SET_DUMPABLE" 'PR_SET_DUMPABLE, 0' "$program" nodump
lost "RLIMIT_FSIZE" 'RLIMIT_FSIZE is 0' sh -c "ulimit -f 0; '$program' fault; true"
mkdir core
trace "$program" fault >/dev/null
has "core: a directory in its place" '.id == "crash.core-lost" and (.message | contains("no regular file"))'
rmdir core
echo >one && ln one core
trace "$program" fault >/dev/null
has "core: an older file is replaced" '.id == "crash.core-kept" and .crash.core.size > 5000'
rm -f core one
lost "a directory that is gone" 'does not exist' \
	sh -c "mkdir gone && cd gone && rmdir ../gone && '$program' fault; true"
[ "$(id -u)" = 0 ] || { skip "core: other users" "not root"; exit; }
chmod 755 "$TMP" "$program"
mkdir -m 755 closed
lost "a directory that the user may not write to" 'cannot be written by the user' \
	-u nobody sh -c "cd closed && '$program' fault; true"
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
mkdir small && mount -t tmpfs -o nr_inodes=2 none small && touch small/one
trace sh -c "cd small && '$program' fault; true" >/dev/null
has "core: no inode left" '.id == "crash.core-lost" and (.message | contains("is full"))'
umount small
mount -t tmpfs -o size=128k none small
trace sh -c "cd small && head -c 100000 /dev/zero >filler; '$program' fault; true" >/dev/null
has "core: a full disk" '.id == "crash.core-lost" and (.message | test("is full|interrupted after"))'
umount small
mount -t tmpfs -o ro none small
lost "a read-only file system" 'read-only' sh -c "cd small && '$program' fault; true"
umount small
