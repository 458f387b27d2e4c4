#!/bin/bash
# The name that a program looked up stands beside the address that it connects to. In network and
# mount namespaces of its own, with a name server and a resolv.conf made for it.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_root
need_command jq
need_command python3
OWN_NAMESPACES=-mn own_network
python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script
echo "nameserver 127.0.0.1" >"$TMP/resolv.conf"
mount --bind "$TMP/resolv.conf" /etc/resolv.conf
"$python" "$SOURCE/tests/programs/name_server.py" "$TMP/ready" &
server=$!
trap 'kill $server; finish' EXIT
for _ in {1..100}; do [ -e "$TMP/ready" ] || sleep 0.1; done

silent=(--connect 192.0.2.0/24=timeout:1s --connect '[2001:db8::]/32=timeout:1s')
# named NAME HOST ADDRESS: ok if a finding names ADDRESS as HOST, in text and data.
named() {
	has "$1" ".id == \"connect.blocked\" and .connect.address == \"$3\" and .connect.host == \"$2\"
		and (.message | contains(\"to $2 ($3), port 80\"))"
}
cat >"$TMP/connect.py" <<'PY'
import socket, sys
try:
    socket.create_connection((sys.argv[1], 80))
except OSError:
    pass
PY
trace "${silent[@]}" "$python" "$TMP/connect.py" example.test >/dev/null
named "names: an answer over UDP" example.test 192.0.2.1
named "names: ... with an IPv6 address" example.test 2001:db8::1
echo "options use-vc" >>"$TMP/resolv.conf"
trace "${silent[@]}" "$python" "$TMP/connect.py" example.test >/dev/null
named "names: an answer over TCP" example.test 192.0.2.1
echo "nameserver 127.0.0.1" >"$TMP/resolv.conf"
if command -v curl >/dev/null; then
	trace "${silent[@]}" curl -s http://example.test/ >/dev/null
	named "names: an answer that another thread read" example.test 192.0.2.1
else
	skip "names: an answer that another thread read" "curl is not installed"
fi
trace "${silent[@]}" "$python" "$TMP/connect.py" 192.0.2.1 >/dev/null
has "names: none where the program had none" \
	'.id == "connect.blocked" and .connect.address == "192.0.2.1" and .connect.host == null'
trace --no-stacks "$python" -c 'import socket; socket.getaddrinfo("example.test", 80)' >/dev/null
looked_up=$(jq .run.stops "$REPORT")
trace --no-stacks "$python" -c 'pass' >/dev/null
nothing=$(jq .run.stops "$REPORT")
check "names: a process that looks nothing up pays nothing ($nothing stops, else $looked_up)" \
	[ "$nothing" -lt $((looked_up / 2)) ]

if [ -x "$ROOT/usr/bin/perl" ]; then
	cat >"$TMP/i386.sh" <<-'END'
		echo nameserver 127.0.0.1 >/etc/resolv.conf
		echo 192.0.2.7 hosted.test hosted >>/etc/hosts
		exec perl -MIO::Socket::INET -e "IO::Socket::INET->new('$0:80')"
	END
	trace --root "$ROOT" "${silent[@]}" sh -c "$(cat "$TMP/i386.sh")" example.test >/dev/null
	named "names: i386" example.test 192.0.2.1
	trace --root "$ROOT" "${silent[@]}" sh -c "$(cat "$TMP/i386.sh")" hosted >/dev/null
	named "names: from the root's own hosts file" hosted.test 192.0.2.7
else
	skip "names: i386" "no i386 root file system"
fi
