#!/bin/bash
# Fatal signals and what handlers do with them: real programs and the real kernel.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
enter_core_folder
ulimit -S -s 1024   # a short way to its end

# ids: the findings of the last report, in a line.
ids() { jq -r '[.findings[].id | sub("crash."; "")] | join(" ")' "$REPORT"; }

for flags in "" -m32 "-m32 -static"; do
	# shellcheck disable=SC2086  # flags are words
	build_or_skip "crashes gcc $flags" $flags crashes || continue
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
