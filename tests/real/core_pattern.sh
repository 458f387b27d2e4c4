#!/bin/bash
# --core-pattern: what would become of a core under another pattern. ttrace writes a real core, or
# has a program read it under trace; the machine's own core_pattern is neither used nor changed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
mkdir "$TMP/work"
cd "$TMP/work" || exit
ulimit -S -c unlimited 2>/dev/null || skip_all "no cores are allowed here"
pattern=$(cat /proc/sys/kernel/core_pattern)

for flags in "" -m32; do
	# shellcheck disable=SC2086  # flags are words
	if ! program=$(compile $flags crashes); then
		skip "pattern gcc $flags" "it cannot be built here: $(head -1 "$TMP/.cc")"
		continue
	fi
	name="pattern, gcc $flags"
	same "$name: a file: status" 139 "$(trace --core-pattern 'c-%e-%s-%p' "$program" fault)"
	core=$(echo c-*-11-*)
	has "$name: a file is kept" ".id == \"crash.core-kept\" and .crash.core.where == \"$PWD/$core\"
		and .crash.core.size == $(stat -c %s "$core")"
	check "$name: the machine's own pattern saw none" [ "$(echo ./*)" = "./$core" ]
	if command -v gdb >/dev/null; then
		gdb -batch -ex bt "$program" "$core" >gdb.out 2>&1 || true
		contains "$name: gdb finds the fault in it" '^#0 .* fault \(\)' gdb.out
		contains "$name: gdb finds its way back" ' main \(' gdb.out
		trace --core-pattern threads.core "$program" threads >/dev/null
		gdb -batch -ex 'thread apply all bt' "$program" threads.core >gdb.out 2>&1 || true
		same "$name: gdb finds every thread" 4 "$(grep -c '^Thread ' gdb.out)"
		contains "$name: gdb finds the others' stacks" ' sleeper \(' gdb.out
	fi
	rm -f ./*

	cat >reader <<'SH'
#!/bin/sh
echo "$(wc -c) $(readlink "/proc/$1/exe") $2" >read.out
exit "$3"
SH
	chmod +x reader
	same "$name: a pipe: status" 139 "$(trace --core-pattern "|$PWD/reader %P %s 0" "$program" fault)"
	size=$(jq '.findings[] | select(.id == "crash.core-kept") | .crash.core.size' "$REPORT")
	same "$name: the program reads the core while the process is there" "$size $program 11" \
		"$(cat read.out)"
	trace --core-pattern "|$PWD/reader %P %s 3" "$program" fault >/dev/null
	has "$name: a program that fails" '.id == "crash.core-lost" and .crash.core.program_exit == 3
		and (.message | contains("failed with status 3"))'
	rm -f ./*
	for loss in "|/bin/false:throws|failed" "|/nosuch/program %P:does not exist" \
		"|$PWD:cannot be executed" "/nosuch/core:does not exist"; do
		trace --core-pattern "${loss%%:*}" "$program" fault >/dev/null
		has "$name: ${loss%%:*}" ".id == \"crash.core-lost\" and (.message | test(\"${loss#*:}\"))"
	done
	trace --core-pattern '' "$program" fault >/dev/null
	has "$name: none" '.id == "crash.core-lost" and (.message | contains("core_pattern is empty"))'
	trace --core-pattern @/run/socket "$program" fault >/dev/null
	has "$name: a socket" '.id == "crash.core-lost" and (.message | contains("does not play"))'
	trace --core-pattern core "$program" nodump >/dev/null
	has "$name: not dumpable" '.id == "crash.core-lost" and (.message | contains("PR_SET_DUMPABLE"))'
	trace --core-pattern core "$program" nolimit >/dev/null
	has "$name: a limit" '.id == "crash.core-lost" and (.message | contains("RLIMIT_CORE is 0"))'
	same "$name: none of these left one" "./*" "$(echo ./*)"
done
same "pattern: the machine's is as before" "$pattern" "$(cat /proc/sys/kernel/core_pattern)"
long=$(printf '%0200d' 0)
same "pattern: too long a one is refused" 125 "$(trace --core-pattern "$long" true)"
contains "pattern: ... with a hint" 'at most 127 bytes' "$TMP/err"

# What this was written for: systemd-coredump, whose socket needs the PID 1 that has crashed.
if [ "$(id -u)" = 0 ] && [ -x "$ROOT/lib/systemd/systemd-coredump" ]; then
	# shellcheck disable=SC2016  # perl's own
	same "systemd-coredump, i386: status" 139 "$(trace --root "$ROOT" \
		--core-pattern '|/lib/systemd/systemd-coredump %P %u %g %s %t %c %h' perl -e 'kill "SEGV", $$')"
	has "systemd-coredump, i386: no core, for want of the socket" '.id == "crash.core-lost"
		and (.message | contains("the socket at /run/systemd/coredump"))'
	has "systemd-coredump, i386: it makes itself undumpable" '.crash and (.crash.steps
		| any(.kind == "syscall" and (.text | test("prctl\\(PR_SET_DUMPABLE, 0\\) = 0$"))))'
	has "systemd-coredump, i386: its connect fails" '.crash and (.crash.steps
		| any(.text | test("connect\\([0-9]+, \"/run/systemd/coredump\"\\) fails with ENOENT$")))'
else
	skip "systemd-coredump" "no systemd-coredump in the i386 root file system, or not root"
fi
