#!/bin/bash
# `ttrace audit --run`: programs of the i386 root run today and past 2038, contained; what broke is
# found and proven, what did not is not called broken, and nothing reaches the machine.
# shellcheck disable=SC2016  # what is quoted is for the root's shell
. "$(dirname "$0")/../lib.sh"
need_root
need_rootfs
need_command jq
need_command sqlite3

# Every command of the true machines: those that broke past 2038, and those that did not.
TRUTH=$SOURCE/tests/truth
if "$TRUTH/root.sh" "$ROOT" "$BUILD/rootfs-truth" >/dev/null; then
	tail -n +2 "$TRUTH/corpus.tsv" | cut -f2- >"$TMP/truth.corpus"
	timeout -s KILL 400 "$TTRACE" audit -q --db "$TMP/truth.db" --timeout 20s \
		--corpus "$TMP/truth.corpus" "$BUILD/rootfs-truth/usr/bin/true" >/dev/null 2>&1 || true
	while IFS=$'\t' read -r verdict name why; do
		case $verdict in
		ok) ok "run-truth-$name" ;;
		skip) skip "run-truth-$name" "$why" ;;
		*) not_ok "run-truth-$name" "$why" ;;
		esac
	done < <(python3 "$TRUTH/audit.py" "$TMP/truth.db" "$TRUTH/corpus.tsv" "$TRUTH/verdicts.tsv")
else
	skip "run-truth" "the corpus's root cannot be made here"
fi

programs=(sudo perl busybox true)
paths=("${programs[@]/#/$ROOT/usr/bin/}")
cat >"$TMP/corpus" <<'END'
# What broke on a true machine past 2038 …
sudo ls /
perl -e 'print time'
touch /tmp/t; busybox ls -l /tmp/t
busybox date
# … and what did not.
busybox echo hi
busybox find /usr/share/perl5 -maxdepth 1 -type f
true
date; echo $$; mktemp
# Dangerous, or without an end.
reboot -f; halt -f -p; poweroff -f; echo b >/proc/sysrq-trigger
rm -rf --no-preserve-root /usr /etc
echo x >/sys/kernel/uevent_helper; echo 1 >/proc/sys/vm/drop_caches; swapoff -a
mkdir /tmp/d; mount -t sysfs s /tmp/d && echo 1 >/tmp/d/power/pm_async; mknod /tmp/sda b 8 0 && dd if=/tmp/sda count=1
kill -9 -1
sleep 3600 & echo started
exec sleep 3600
[ "$(date +%s)" -gt 2147483647 ] && exec sleep 3600; sleep 1.8
getent hosts debian.org; perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0; connect S, sockaddr_in(80, inet_aton("10.9.8.7")) or print "$!\n"'
END
audit() { status_of timeout -s KILL 300 "$TTRACE" audit --db "$TMP/audit.db" --timeout 3s "$@"; }
outcome() { sqlite3 "$TMP/audit.db" "SELECT group_concat(DISTINCT outcome) FROM run WHERE command = '${1//\'/\'\'}'"; }
ask() { sqlite3 "$TMP/audit.db" "$1"; }

before=$(stat -c '%Y %Z' "$ROOT/usr/bin/sudo" "$ROOT/etc" "$ROOT/usr")
same "run: an audit that ran ends with 0" 0 \
	"$(audit --corpus "$TMP/corpus" -o "$TMP/audit.json" "${paths[@]}")"
for command in 'sudo ls /' "perl -e 'print time'" 'touch /tmp/t; busybox ls -l /tmp/t' 'busybox date'; do
	same "run: broken in 2038: $command" breaks "$(outcome "$command")"
done
# On a slow machine the limit ends it before 2038, too.
outcome=$(outcome '[ "$(date +%s)" -gt 2147483647 ] && exec sleep 3600; sleep 1.8')
check "run: ended by the time limit that it nearly took before, too: no break ($outcome)" \
	grep -qxE 'unsteady|same' <<<"$outcome"
for command in 'busybox echo hi' 'busybox find /usr/share/perl5 -maxdepth 1 -type f' true \
	'date; echo $$; mktemp' "/usr/bin/true --version"; do
	same "run: not broken: $command" same "$(outcome "$command")"
done
proof() { # proof PROGRAM SYMBOL
	jq -r --arg path "/usr/bin/$1" --arg symbol "$2" 'first(.findings[] | select((.file | endswith($path))
		and .symbol == $symbol) | .proof) // "none"' "$TMP/audit.json"
}
same "run: proven: gettimeofday in sudo" proven "$(proof sudo gettimeofday)"
same "run: proven: time in perl" proven "$(proof perl time)"
same "run: proven: time in busybox" proven "$(proof busybox time)"
same "run: not proven: settimeofday in busybox" "not reached" "$(proof busybox settimeofday)"
same "run: true is fine" fine \
	"$(jq -r '.files[] | select(.path | endswith("/bin/true")) | .verdict' "$TMP/audit.json")"
if "$TTRACE" doctor 2>/dev/null | grep -qE "^(fine|limited) +call watch:"; then
	same "run: some calls were reached, and were fine" true \
		"$(jq '[.findings[] | select(.proof == "reached and fine")] | length > 0' "$TMP/audit.json")"
fi

# What is dangerous came to nothing, and is the same in both years.
same "run: nothing dangerous is a change" "" "$(ask "SELECT command FROM run WHERE outcome = 'breaks'
	AND (command LIKE 'reboot%' OR command LIKE 'rm %' OR command LIKE '%swapoff%'
	OR command LIKE 'kill%' OR command LIKE '%debian.org%')")"
same "run: the root is as it was" "$before" \
	"$(stat -c '%Y %Z' "$ROOT/usr/bin/sudo" "$ROOT/etc" "$ROOT/usr")"
same "run: what goes on is ended" "0 ended by ttrace" \
	"$(ask "SELECT now FROM run WHERE command LIKE '%sleep 3600' OR command LIKE 'sleep 3600%' ORDER BY now" | xargs)"
same "run: nothing is left running" "" "$(pgrep -fx 'sleep 3600' || true)"

# A second audit finds all of it done; a changed clock asks again.
ask "UPDATE run SET now = 'kept' WHERE command = 'true'"
audit --corpus "$TMP/corpus" "${paths[@]}" >/dev/null
same "run: what was run is not run again" kept "$(ask "SELECT now FROM run WHERE command = 'true'")"
echo true >"$TMP/one"
audit --corpus "$TMP/one" --clock 2040-01-01 "${paths[0]}" >/dev/null
same "run: at another clock it is" 0 "$(ask "SELECT now FROM run WHERE command = 'true'")"

# Killed in the middle, it goes on where it stood.
rm -f "$TMP"/audit.db*
"$TTRACE" audit -q --db "$TMP/audit.db" --corpus "$TMP/corpus" --timeout 3s "${paths[@]}" >/dev/null 2>&1 &
pid=$!
for _ in {1..300}; do
	[ "$(ask 'SELECT count(*) FROM run' 2>/dev/null || echo 0)" -lt 2 ] || break
	sleep 0.1
done
kill -KILL $pid
wait $pid || true
done_before=$(ask 'SELECT count(*) FROM run')
ask "UPDATE run SET now = 'kept'"
audit --corpus "$TMP/corpus" "${paths[@]}" >/dev/null
same "run: killed, it goes on where it stood" "$done_before" \
	"$(ask "SELECT count(*) FROM run WHERE now = 'kept'")"
same "run: ... to the end" true "$([ "$(ask 'SELECT count(*) FROM run')" -ge 24 ] && echo true)"

# Shares.
cat >"$TMP/corpus" <<'END'
perl -e 'print time'
busybox date
busybox echo hi
true
END
for i in 1 2; do
	rm -f "$TMP"/audit.db*
	audit --shard $i/2 --corpus "$TMP/corpus" "${paths[@]}" >/dev/null
	mv "$TMP/audit.db" "$TMP/shard-$i.db"
done
rm -f "$TMP"/audit.db*
rm "$TMP/audit.json"
"$TTRACE" audit --merge --db "$TMP/audit.db" -o "$TMP/audit.json" "$TMP"/shard-?.db 2>/dev/null || true
same "run: shares are joined" 12 "$(ask 'SELECT count(*) FROM run')"
same "run: ... and prove across shares" proven "$(proof perl time)"
