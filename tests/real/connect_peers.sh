#!/bin/bash
# Real programs against real hosts that are silent, refuse, cannot be reached or reset, and against a
# good one with the --connect fault that stands for it: what they see must be the same. The hosts
# live in a network namespace; the silent one is behind a route that drops.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_root
need_command jq
need_command python3
own_network
python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script
ip addr add 10.9.1.1/24 dev lo
ip route add 10.9.0.0/24 dev lo                 # not ours, not to be forwarded: dropped
ip route add unreachable 10.9.2.0/24
echo 1 >/proc/sys/net/ipv4/tcp_syn_retries      # the kernel gives up after 3 s
good=10.9.1.3
declare -A host=([timeout]=10.9.0.1 [refuse]=10.9.1.1 [unreachable]=10.9.2.1 [reset]=10.9.1.2
	[none]=$good)
"$python" "$SOURCE/tests/programs/peers.py" "$TMP/ready" &
server=$!
trap 'kill $server; finish' EXIT
for _ in {1..100}; do [ -e "$TMP/ready" ] || sleep 0.1; done

cat >"$TMP/blocking.py" <<'PY'
import socket, sys
try:
    s = socket.create_connection((sys.argv[1], 8080))
    s.sendall(b"GET / HTTP/1.0\r\n\r\n")
    print("answered" if s.recv(100) else "closed")
except OSError as e:
    sys.exit(repr(e))
PY
cat >"$TMP/tasks.py" <<'PY'
import asyncio, sys
async def main():
    reader, writer = await asyncio.open_connection(sys.argv[1], 8080)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    print("answered" if await reader.read(100) else "closed")
try:
    asyncio.run(main())
except OSError as e:
    sys.exit("errno %d" % e.errno)
PY
# shellcheck disable=SC2016  # it is perl's
perl='my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 8080) or die "$!\n";
	print $s "GET / HTTP/1.0\r\n\r\n"; $s->flush; defined(my $l = <$s>) or die "no answer\n"; print $l'

programs=()
add() { if command -v "$1" >/dev/null; then programs+=("${2:-$1}"); else skip "peers: $1" "not installed"; fi; }
add curl
add wget
add git
add ssh
add perl
programs+=(python asyncio)
if go=$(go_build amd64 connect); then programs+=(go); else skip "peers: go" "no Go compiler"; fi
if [ -x "$ROOT/bin/busybox" ]; then programs+=(busybox); else skip "peers: busybox" "no i386 root"; fi

# run PROGRAM OPTION...: runs it under ttrace with its words for HTTP from $address.
run() {
	local program=$1 command options=("${@:2}")
	case $program in
	curl) command=(curl -sS "http://$address:8080/") ;;
	wget) command=(wget -nv -O- --tries=1 "http://$address:8080/") ;;
	git) command=(git ls-remote "http://$address:8080/x") ;;
	ssh) command=(ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=no -p 8080 "$address") ;;
	perl) command=(perl -MIO::Socket::INET -e "$perl" "$address") ;;
	python) command=("$python" "$TMP/blocking.py" "$address") ;;
	asyncio) command=("$python" "$TMP/tasks.py" "$address") ;;
	go) command=("$go" "$address:8080") ;;
	busybox)
		command=(busybox wget -q -O- "http://$address:8080/")
		options+=(--root "$ROOT")
		;;
	esac
	timeout -s KILL "$DEADLINE" "$TTRACE" -q --no-stacks "${options[@]}" "${command[@]}"
}

# meet KIND PROGRAM HOST OPTION...: leaves in $TMP/KIND.PROGRAM.HOST.{out,json} what it saw. HOST:
# real, fault (the good one, so that nothing but the fault keeps it away), elsewhere (one that only a
# redirection reaches).
meet() {
	local base=$TMP/$1.$2.$3 address status=0
	address=$good
	[ "$3" != real ] || address=${host[$1]}
	[ "$3" != elsewhere ] || address=${host[unreachable]}
	run "$2" -o "$base.json" "${@:4}" >"$base.raw" 2>&1 </dev/null || status=$?
	{
		echo "status $status"
		sed -E "s/${address//./\\.}/HOST/g; s/[0-9]+ ms/N ms/; s/^.*[0-9]{2}:[0-9]{2}:[0-9]{2}[^:]*//" \
			"$base.raw"
	} >"$base.out"
}

# What became of connects to ADDRESS: id, level, errno, and whether the program itself waited.
findings() {
	jq -r --arg to "$2" '.findings[] | select(.connect.address == $to and .id != "connect.injected")
		| "\(.id) \(.level) \(.connect.errno) \(.connect.ended)"' "$1" | sort -u
}

kinds=(timeout refuse unreachable reset)
for kind in "${kinds[@]}"; do
	for program in "${programs[@]}"; do
		while [ "$(jobs -rp | wc -l)" -gt 8 ]; do sleep 0.05; done
		{
			meet "$kind" "$program" real
			meet "$kind" "$program" fault --connect "$good=$kind"
		} &
	done
done
for program in "${programs[@]}"; do
	while [ "$(jobs -rp | wc -l)" -gt 8 ]; do sleep 0.05; done
	{
		meet none "$program" real
		meet delay "$program" fault --connect "$good=delay:1s"
		meet redirect "$program" elsewhere --connect "${host[unreachable]}=redirect:$good:8080"
	} &
done
while [ "$(jobs -rp | wc -l)" -gt 1 ]; do sleep 0.1; done

for program in "${programs[@]}"; do
	for kind in timeout refuse unreachable; do
		real=$TMP/$kind.$program.real fault=$TMP/$kind.$program.fault
		same "peers: $program: $kind is like a real one" "$(cat "$real.out")" "$(cat "$fault.out")"
		same "peers: $program: ... with the same findings" \
			"$(findings "$real.json" "${host[$kind]}")" "$(findings "$fault.json" "$good")"
	done
	same "peers: $program: a black hole is found without --connect" "connect.blocked error ETIMEDOUT true" \
		"$(findings "$TMP/timeout.$program.real.json" "${host[timeout]}")"
	took=$(jq '[.findings[] | select(.id == "connect.blocked") | .connect.duration_s] | max' \
		"$TMP/timeout.$program.real.json" "$TMP/timeout.$program.fault.json" | xargs)
	check "peers: $program: both last as long as the kernel tries ($took)" \
		awk -v took="$took" 'BEGIN { split(took, t); exit !(t[1] > 2.5 && t[1] < 5 && t[2] > 2.5 && t[2] < 5) }'
	# Which call meets the reset is a matter of microseconds, on real hosts too.
	same "peers: $program: a reset breaks it, as a real one" "" \
		"$(grep -l 'status 0' "$TMP/reset.$program.real.out" "$TMP/reset.$program.fault.out" || true)"
	case $program in
	git | ssh) ;;   # what these want, the good host does not have
	*) contains "peers: $program: gets its answer from a good host" '^status 0' "$TMP/none.$program.real.out" ;;
	esac
	same "peers: $program: a delay changes nothing but the time" "$(cat "$TMP/none.$program.real.out")" \
		"$(cat "$TMP/delay.$program.fault.out")"
	same "peers: $program: it does not notice that it is redirected" \
		"$(cat "$TMP/none.$program.real.out")" "$(cat "$TMP/redirect.$program.elsewhere.out")"
done
