#!/bin/bash
# ttrace attach to what is no ordinary target: itself and who started it, a process that another
# tracer has, one in namespaces or a root of its own, one that ends or executes a program meanwhile.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
. "$SOURCE/tests/attach.sh"
need_root
need_command jq
cd "$TMP" || exit

# refused NAME MESSAGE HINT COMMAND...
refused() {
	local name=$1 message=$2 hint=$3
	shift 3
	same "$name: refused" 125 "$(status_of timeout 20 "$@")"
	contains "$name: why" "$message" "$TMP/err"
	contains "$name: what to do" "hint: .*$hint" "$TMP/err"
}
# shellcheck disable=SC2016  # the inner shell's
refused "itself" 'cannot attach to itself' pgrep sh -c 'exec "$0" attach -p $$' "$TTRACE"
refused "the shell that starts it" "bash\[$$\] has started ttrace, and waits for it" setsid "$TTRACE" attach -p $$
# shellcheck disable=SC2016
refused "who started that" "sh\[[0-9]+\] has started ttrace" setsid sh -c 'sh -c "\"$0\" attach -p $$; exit \$?"; exit $?' "$TTRACE"
# shellcheck disable=SC2016
same "an ancestor in another session, as sshd is" "0 true" "$(status_of timeout 20 sh -c \
	'setsid -w "$0" attach -q --timeout 0.3s -o "$1" -p $$; exit $?' "$TTRACE" "$REPORT") $(jq '.run.attached | length == 1' "$REPORT")"

cp "$(command -v sleep)" nap
./nap 60 &
target=$!
for tracer in strace gdb; do
	if ! command -v $tracer >/dev/null; then
		skip "traced by $tracer" "it is not installed"
		continue
	fi
	mkfifo ask
	case $tracer in
	strace) strace -qq -o /dev/null -p $target 8<>ask & ;;
	gdb) gdb -q -nx -p $target <ask >/dev/null 2>&1 & ;;
	esac
	other=$!
	exec 8>ask
	wait_until grep -q '^TracerPid:.[1-9]' /proc/$target/status
	refused "traced by $tracer" "nap\[$target\] is already traced, by $tracer\[$other\]" "end that one" "$TTRACE" attach -p $target
	exec 8>&-
	[ $tracer = gdb ] || kill $other
	wait $other || true
	rm ask
done
gcc -o refuse "$SOURCE/tests/programs/refuse.c" -lseccomp
refused "ptrace is not permitted" "cannot attach to nap\[$target\]: Operation not permitted" "SYS_PTRACE" \
	./refuse ptrace "$TTRACE" attach -p $target
kill $target

# In namespaces and a root of its own.
mkdir -p root/tmp
cat >inner.c <<'END'
#include <time.h>
#include <unistd.h>
static void naps(void) { const struct timespec t = {60, 0}; nanosleep(&t, NULL); }
int main(int argc, char **argv) {
	if (argc > 1 && (chroot(argv[1]) != 0 || chdir("/") != 0)) return 1;
	naps();
	return 0;
}
END
gcc -g -O0 -static -o root/inner inner.c
unshare --pid --mount --fork root/inner root &
outer=$!
wait_until pgrep -P $outer
target=$(pgrep -P $outer)
wait_until grep -q inner "/proc/$target/comm"
same "a pid namespace and a root of its own" 0 "$(attach 1 --clock +1y -p "$target")"
has "... its wait is told, with names from its root" '.id == "process.blocked"
	and (.syscall.name | test("nanosleep")) and any(.stack[]; .function == "naps")'
same "... by its pid here" "[$target]" "$(jq -c .run.attached "$REPORT")"
check "... and it runs on" kill -0 "$target"
kill -KILL "$target"
wait $outer || true

# One that ends meanwhile, in either way.
for how in 'exit 7' 'kill -SEGV $$'; do
	mkfifo ask
	bash -c "ulimit -c 0; read -r line <ask; $how" 2>/dev/null &
	target=$!
	rm -f err   # else what the last one said would be taken for this one's
	"$TTRACE" attach -o "$REPORT" -p $target 2>err &
	tracer=$!
	wait_until grep -q 'attached to' err
	echo >ask
	took=0 status=0
	wait $tracer || took=$?
	same "it ends by '$how': ttrace, too" 0 $took
	wait $target || status=$?
	same "... with the status that its parent gets" "$status" \
		"$(jq '.run.exit | .code // (if .signal == "SIGSEGV" then 139 else "none" end)' "$REPORT")"
	rm ask
done
has "... and a crash is told" '.id == "crash.signal" and .crash.signal == "SIGSEGV"'

# One that executes a program of the other ABI meanwhile.
if gcc -m32 -g -O0 -w -o eoverflow "$SOURCE/samples/eoverflow_time.c" 2>/dev/null; then
	mkfifo ask
	bash -c 'read -r line <ask; exec ./eoverflow' >/dev/null 2>&1 &
	target=$!
	rm -f err
	"$TTRACE" attach --clock 2038-01-20 -o "$REPORT" -p $target 2>err &
	tracer=$!
	wait_until grep -q 'attached to' err
	echo >ask
	took=0
	wait $tracer || took=$?
	same "it executes an i386 program: ttrace goes on, and ends with it" 0 $took
	wait $target || true
	has "... which meets the moved clock" ".id == \"time.eoverflow\" and .process.pid == $target
		and .process.abi == \"i386\" and .process.comm == \"eoverflow\""
	same "... in one process" "1 1" "$(jq -r '"\(.run.processes) \(.run.attached | length)"' "$REPORT")"
else
	skip "it executes an i386 program" "none can be built here"
fi
