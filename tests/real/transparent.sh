#!/bin/bash
# Without --clock, and with all analyzers on, programs do what they do without ttrace: exit status,
# standard output and standard error are the same, and there is nothing to find.
# shellcheck disable=SC2016  # the commands are for a shell of their own
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../trace.sh"
need_command jq

# outcome COMMAND...: runs it in a fresh directory; what it left there belongs to its outcome.
outcome() {
	local status=0
	rm -rf "$TMP/work" && mkdir "$TMP/work"
	(cd "$TMP/work" && HOME=$TMP/work "$@" </dev/null >"$TMP/out" 2>"$TMP/err") || status=$?
	echo "status $status"
	cat "$TMP/out" "$TMP/err"
	(cd "$TMP/work" && find . -type f ! -path '*/.git/*' ! -path './.gnupg/*' | sort)
}

# alike NAME COMMAND: a command line for bash.
alike() {
	local expected actual
	local program=${1%%[ ,:]*}
	if ! command -v "$program" >/dev/null; then
		skip "$1" "it is not installed"
		return
	fi
	expected=$(outcome bash -c "$2")
	rm -f "$REPORT"
	actual=$(outcome timeout -s KILL 120 "$TTRACE" -o "$REPORT" bash -c "$2")
	same "$1" "$expected" "$actual"
	[ -z "${TTRACE_SHOW:-}" ] || echo "${expected//$'\n'/$'\n'# }"
	no_findings "$1: no finding"
}

alike "bash: jobs, traps, arrays, here documents" '
	trap "echo bye" EXIT; trap "echo usr1" USR1; kill -USR1 $$
	for i in 1 2 3; do (sleep 0.0$i; echo $i) & done; wait
	a=(x y z); cat <<-END
		${a[@]: -1} $((1 << 40))
	END
	coproc cat; echo through >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
	exit 7'
alike "dash: pipelines and subshells" 'dash -c "seq 5 | while read n; do (echo \$n | tr 1-5 a-e); done; (exit 3) || echo \$?"'
alike "bash: pipefail, a killed child" 'set -o pipefail; (kill -TERM $BASHPID) 2>/dev/null; echo $?; false | true; echo $?'
alike "make -j" '
	printf "all: a b c d\n%%:\n\t@sleep 0.02; echo \$@ >\$@.out; false \$@ || true\nbad:\n\t@exit 3\n" >Makefile
	make -s -j4 all; make -s bad; echo $?'
alike "git" '
	git init -q -b main .; git config user.name A; git config user.email a@example.org
	export GIT_AUTHOR_DATE=2020-01-01T00:00:00Z GIT_COMMITTER_DATE=2020-01-01T00:00:00Z
	for i in 1 2 3; do echo $i >f$i; git add .; git commit -qm "number $i"; done
	git log --format="%H %s"; git gc -q; git fsck 2>&1; git clone -q . ../work/copy; git -C copy status -s; git stash 2>&1'
alike "perl" 'perl -e "use POSIX; \$SIG{ALRM} = sub { print qq(alarm\n) }; alarm 1; pause(); my \$p = fork // die; if (!\$p) { exit 3 } waitpid \$p, 0; print \$? >> 8, qq(\n); open my \$f, q(-|), q(echo from a pipe); print <\$f>"'
alike "python3" 'python3 -c "
import asyncio, concurrent.futures as f, multiprocessing as m, subprocess, sys, threading
print(subprocess.run([\"sh\", \"-c\", \"exit 4\"]).returncode)
print(list(f.ThreadPoolExecutor(8).map(lambda x: x * x, range(9))))
print(m.Pool(2).map(abs, [-1, -2]))
async def main(): return await asyncio.gather(*(asyncio.sleep(0.01, i) for i in range(5)))
print(asyncio.run(main()))
sys.exit(9)"'
alike "gpg" '
	mkdir -m 700 .gnupg; export GNUPGHOME=$PWD/.gnupg
	gpg --batch --quiet --passphrase "" --quick-gen-key a@example.org ed25519 2>/dev/null; echo $?
	echo text >text; gpg --batch --quiet --clearsign text; gpg --batch --quiet --verify text.asc 2>/dev/null; echo $?
	gpgconf --kill all'
alike "ssh-keygen" 'ssh-keygen -q -t ed25519 -N "" -f key && ssh-keygen -y -f key | diff - <(cut -d" " -f1,2 key.pub) | grep -c "^>"'
alike "sqlite3" 'sqlite3 db "create table t(a, b unique); begin; insert into t select value, value * 2 from generate_series(1, 500); commit; select count(*), sum(b) from t; insert into t values (1, 2)" 2>&1'
alike "openssl" 'openssl req -x509 -newkey ed25519 -nodes -subj /CN=a -keyout k -out c 2>/dev/null && openssl verify -CAfile c c'
alike "tar, gzip, find, xargs" '
	mkdir d; for i in $(seq 50); do echo $i >d/$i; done; tar c d | gzip | tar xz -C /dev/null 2>&1 | head -1
	tar cf t d && tar tf t | wc -l; find d -name "*1" | sort | xargs -P 4 -n 1 cat | sort | xargs'
alike "awk and sort" 'seq 2000 | awk "{ s += \$1; print \$1 % 7 }" | sort | uniq -c'
alike "timeout and nice" 'timeout 0.2 sleep 9; echo $?; nice -n 5 nice; (timeout -s KILL 0.2 sleep 9; echo $?) 2>/dev/null'

# Python's own tests of what a tracer disturbs most easily.
if python=/usr/bin/python3 && $python -c 'import test.test_subprocess' 2>/dev/null; then
	status=$(cd "$TMP" && status_of timeout -s KILL 500 "$TTRACE" -o "$REPORT" $python -m test -j2 \
		test_time test_signal test_subprocess test_threading)
	same "python3's test_time, test_signal, test_subprocess, test_threading" 0 "$status"
	[ "$status" = 0 ] || sed 's/^/# /' "$TMP/out"
	# Some of them abort a child on purpose.
	same "python3's tests: no finding but of crashes" "[]" \
		"$(jq -c '[.findings[] | select(.id | startswith("crash.") | not)]' \
			"$REPORT" 2>&1)"
else
	skip "python3's own tests" "needs Debian's libpython3.11-testsuite"
fi
