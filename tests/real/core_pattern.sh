#!/bin/bash
# --core-pattern: what would become of a core under another pattern. ttrace writes a real core, or
# has a program read it under trace; the machine's own core_pattern is neither used nor changed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq
enter_core_folder
[ "$(ulimit -c)" = unlimited ] || skip_all "no cores are allowed here"
pattern=$(cat /proc/sys/kernel/core_pattern)

for flags in "" -m32; do
	# shellcheck disable=SC2086  # flags are words
	build_or_skip "pattern gcc $flags" $flags crashes || continue
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
# What a parent learns is what it learns where the kernel makes the cores; here it does.
# waits NAME FLAGS...: a parent of such a build.
waits() {
	local name=$1 traced
	shift
	build_or_skip "$name" "$@" core_waits || return 0
	timeout 60 "$program" >dumped 2>&1 || true
	(
		ulimit -S -c 0
		timeout 60 "$program" >killed 2>&1 || true
		trace --core-pattern other "$program" >/dev/null
	)
	same "$name: as from the kernel, without a core" "$(cat killed)" "$(cat "$TMP/out")"
	for traced in other "|$(command -v tail) -c 0"; do
		same "$name: $traced: status" 0 "$(trace --core-pattern "$traced" "$program")"
		same "$name: $traced: as from the kernel" "$(cat dumped)" "$(cat "$TMP/out")"
	done
	same "$name: a pattern that makes none" "$(cat killed)" \
		"$(trace --core-pattern /nosuch/core "$program" >/dev/null; cat "$TMP/out")"
	rm -f ./*
}
if [ "$pattern" = core ]; then
	waits "parents, gcc"
	waits "parents, gcc -m32" -m32
	waits "parents, gcc -m32 -static" -m32 -static
else
	skip "parents" "the kernel's own cores do not stay here (core_pattern: $pattern)"
fi
# What is in a core is what the kernel puts into its own.
# mappings CORE: address, size in the core and in memory of what the program mapped.
mappings() { readelf -lW "$1" | awk '$1 == "LOAD" && $3 ~ /^0x(00000000)?50[01][0-9a-f]+$/ && length($3) % 8 == 2 { print $3, $5, $6, $7, $8 }'; }
head -c 8192 /dev/zero >"$TMP/text"
for flags in "" -m32; do
	name="mappings, gcc $flags"
	# shellcheck disable=SC2086  # flags are words
	build_or_skip "$name" $flags core_mappings || continue
	for filter in 0x33 0 1 0x10 0x3f; do
		set -- "$program" "$filter" "$TMP/text" "$program"
		same "$name: $filter: status" 139 "$(trace --core-pattern other "$@")"
		mappings other >ours
		rm -f ./core ./other
		if [ "$pattern" = core ]; then
			(timeout 60 "$@" || true) >/dev/null 2>&1
			same "$name: $filter: as the kernel's" "$(mappings core)" "$(cat ours)"
			rm -f ./core
		else
			skip "$name: $filter" "the kernel's own cores do not stay here (core_pattern: $pattern)"
		fi
		same "$name: $filter: all are listed" 13 "$(wc -l <ours)"
	done
done
rm -f ./*

if [ "$(id -u)" = 0 ] && program=$(compile crashes); then
	trace --init --core-pattern "$PWD/core" sh -c "'$program' fault; echo" >/dev/null
	contains "parents: in a pid namespace of its own" 'core dumped' "$TMP/err"
	rm -f core
fi

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
		and (.message | test("the socket at /run/systemd/coredump.* could not be reached .ENOENT"))'
	has "systemd-coredump, i386: it makes itself undumpable" '.crash and (.crash.steps
		| any(.kind == "syscall" and (.text | test("prctl\\(PR_SET_DUMPABLE, 0\\) = 0$"))))'
	has "systemd-coredump, i386: its connect fails" '.crash and (.crash.steps
		| any(.text | test("connect\\([0-9]+, \"/run/systemd/coredump\"\\) fails with ENOENT$")))'
	# beside NAME PERL: a process dies where a PID 1 has made of that socket what PERL says.
	beside() {
		# shellcheck disable=SC2016  # perl's own
		same "systemd-coredump, i386: $1: status" 0 "$(trace --init --root "$ROOT" \
			--core-pattern '|/lib/systemd/systemd-coredump %P %u %g %s %t %c %h' perl -MSocket -e "$2"'
			if (!fork) { kill "SEGV", $$; sleep 9 } wait')"
	}
	# shellcheck disable=SC2016  # perl's own
	socket='mkdir "/run/systemd"; socket S, PF_UNIX, SOCK_SEQPACKET, 0;
		bind S, pack_sockaddr_un("/run/systemd/coredump") or die;'
	beside "nobody listens" "$socket"
	has "systemd-coredump, i386: nobody listens" '.id == "crash.core-lost"
		and (.message | contains("could not be reached (ECONNREFUSED)"))'
	beside "handed over" "$socket listen S, 9;"
	has "systemd-coredump, i386: handed over" '.id == "crash.core-kept"
		and (.message | contains("it is kept once PID 1 has started systemd-coredump@.service"))'
	# It takes what dies in this control group for PID 1.
	scope=/sys/fs/cgroup/init.scope
	if grep -q ^0: /proc/self/cgroup; then
		beside "PID 1" "$socket listen S, 9; mkdir '$scope'; open F, '>', '$scope/cgroup.procs' or die;
			print F \$\$; close F;"
		has "systemd-coredump, i386: PID 1: saved without a unit" '.id == "crash.core-kept"
			and (.message | contains("which saved it by itself, as it does for PID 1"))'
	else
		skip "systemd-coredump, i386: PID 1" "no cgroup2 here"
	fi
else
	skip "systemd-coredump" "no systemd-coredump in the i386 root file system, or not root"
fi
