#!/bin/bash
# What the connect part was made for, whole: gpg asks for a key, starts dirmngr, and that hangs at
# Tor's port. The key server is our own, on this machine.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
need_command jq
need_command python3
need_command gpg
need_command gpgconf
need_command dirmngr
python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script

# A key in a home of its own, and a server that has it.
export GNUPGHOME=$TMP/maker
mkdir -m 700 "$TMP/maker" "$TMP/client"
gpg --batch --quiet --passphrase '' --quick-gen-key 'ttrace test <test@example.test>' ed25519 \
	>"$TMP/.key" 2>&1 || skip_all "gpg makes no key here: $(tail -1 "$TMP/.key")"
key=$(gpg --batch --list-keys --with-colons 2>"$TMP/.key" | awk -F: '$1 == "fpr" { print $10; exit }')
gpg --batch --armor --export "$key" >"$TMP/key.asc"
gpgconf --kill all
cat >"$TMP/server.py" <<'PY'
import http.server, os, sys
class Keys(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[1], "rb") as f:
            data = f.read()
        self.send_response(200)
        self.send_header("Content-Type", "application/pgp-keys")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Keys)
with open(sys.argv[2] + ".new", "w") as f:
    print(server.server_port, file=f)
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
PY
"$python" "$TMP/server.py" "$TMP/key.asc" "$TMP/port" &
server=$!
trap 'kill $server; GNUPGHOME=$TMP/client gpgconf --kill all; finish' EXIT
for _ in {1..100}; do [ -e "$TMP/port" ] || sleep 0.1; done
port=$(cat "$TMP/port")
export GNUPGHOME=$TMP/client

# The daemons that gpg leaves behind are ended, so that the run ends.
receive() {
	trace --connect 127.0.0.1:9050=timeout:5s sh -c "
		gpg --batch --keyserver hkp://127.0.0.1:$port --recv-keys $key
		status=\$?
		gpgconf --kill all
		exit \$status"
}
same "gpg: the key arrives in the end" 0 "$(receive)"
has "gpg: the finding names the dirmngr that gpg started" '.id == "connect.blocked"
	and .level == "error" and .process.comm == "dirmngr" and (.process.exe | endswith("/dirmngr"))
	and .connect.port == 9050 and .connect.errno == "ETIMEDOUT"
	and .connect.duration_s > 4.5 and .connect.duration_s < 5.5 and (.hint | contains("no-use-tor"))'
has "gpg: ... and where it hangs" '.id == "connect.blocked"
	and any(.stack[]; .module // "" | contains("libassuan"))
	and any(.stack[]; .module // "" | endswith("/dirmngr"))'
contains "gpg: it is told while gpg waits" \
	'^ttrace: dirmngr\[[0-9]+\] has been blocked for 1(\.[0-9]+)? s in connect\(\) to 127.0.0.1:9050' "$TMP/err"
echo no-use-tor >"$GNUPGHOME/dirmngr.conf"
gpg --batch --quiet --yes --delete-keys "$key"
same "gpg: with the hint followed the key arrives" 0 "$(receive)"
same "gpg: ... and Tor's ports are left alone" "[]" \
	"$(jq -c '[.findings[] | select(.connect.port == 9050 or .connect.port == 9150) | .id]' "$REPORT")"
