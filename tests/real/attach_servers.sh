#!/bin/bash
# Real servers under load: attached, their clocks moved a year ahead and back, detached. The load
# meets no error, and their code is as it was.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/trace.sh"
. "$SOURCE/tests/attach.sh"
need_root
need_command jq
need_command python3
own_network
servers=()
trap '[ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>/dev/null || true; finish' EXIT

# load COMMAND...: runs COMMAND, which must succeed, again and again until unload.
load() {
	: >"$TMP/load.errors"
	echo 0 >"$TMP/load.count"
	rm -f "$TMP/load.stop"
	(
		n=0
		while [ ! -e "$TMP/load.stop" ]; do
			"$@" >"$TMP/load.out" 2>&1 || { echo "# after $n: status $?" && cat "$TMP/load.out"; } >>"$TMP/load.errors"
			echo $((n += 1)) >"$TMP/load.next"
			mv "$TMP/load.next" "$TMP/load.count"
		done
	) &
	loading=$!
}
# Not by a signal: it would end what is just under way, too.
unload() {
	: >"$TMP/load.stop"
	wait $loading || true
}

is_year() { [ "$1" = "$($2)" ]; }

# year_ahead NAME PID NOW COMMAND...: attaches to PID under the load of COMMAND. NOW prints what the
# server takes for the year.
year_ahead() {
	local name=$1 pid=$2 now=$3 before first
	shift 3
	before=$(state_of "$pid")
	load "$@"
	sleep 0.3
	first=$(cat "$TMP/load.count")
	env --default-signal=INT "$TTRACE" attach -q --no-stacks --clock +1y -o "$REPORT" -p "$pid" 2>"$TMP/err" &
	local tracer=$!
	wait_until is_year "$(($(date -u +%Y) + 1))" "$now" || true
	same "attach_servers: $name: a year ahead" "$(($(date -u +%Y) + 1))" "$($now)"
	sleep 1
	kill -INT $tracer
	local status=0
	wait $tracer || status=$?
	same "attach_servers: $name: detached" 0 "$status"
	same "attach_servers: $name: and back" "$(date -u +%Y)" "$($now)"
	sleep 0.3
	unload
	same "attach_servers: $name: no error in the load" "" "$(cat "$TMP/load.errors")"
	check "attach_servers: $name: ... which ran" test "$(cat "$TMP/load.count")" -gt "$first"
	same "attach_servers: $name: as it was" "$before" "$(state_of "$pid")"
	same "attach_servers: $name: by the shim" '"shim"' "$(jq ".run.coverage[\"$pid\"]" "$REPORT")"
}

if command -v redis-server redis-cli redis-benchmark >/dev/null; then
	cli="redis-cli -s $TMP/redis"
	redis-server --port 0 --unixsocket "$TMP/redis" --save '' --dir "$TMP" --io-threads 3 >/dev/null &
	servers+=($!)
	# shellcheck disable=SC2086  # words
	wait_until $cli ping >/dev/null
	redis_year() { date -u -d "@$($cli time | head -1)" +%Y; }
	redis_load() {
		[ "$($cli eval 'for i = 1, 100 do redis.call("incr", "n") redis.call("expire", "n", 60) end return "ok"' 0)" = ok ] &&
			redis-benchmark -s "$TMP/redis" -q -n 500 -c 5 -t set,get && $cli -e set k v EX 5
	}
	year_ahead redis "${servers[-1]}" redis_year redis_load
else
	skip "attach_servers: redis" "not installed"
fi

if command -v nginx curl >/dev/null; then
	mkdir "$TMP/www"
	seq 10000 >"$TMP/www/file"
	chmod -R a+rX "$TMP"
	cat >"$TMP/nginx.conf" <<-END
		daemon off; master_process off; pid $TMP/nginx.pid; error_log $TMP/nginx.log;
		events {} http { access_log off; server { listen 127.0.0.1:8080; root $TMP/www; } }
	END
	nginx -c "$TMP/nginx.conf" 2>/dev/null &
	servers+=($!)
	wait_until curl -sf -o /dev/null http://127.0.0.1:8080/file
	nginx_year() { curl -sI http://127.0.0.1:8080/file | sed -n 's/^Date: .* \(20..\) .*/\1/p'; }
	nginx_load() { curl -sf http://127.0.0.1:8080/file http://127.0.0.1:8080/file | md5sum | grep -q ^"$(cat "$TMP/www/file" "$TMP/www/file" | md5sum | cut -c 1-32)"; }
	year_ahead nginx "${servers[-1]}" nginx_year nginx_load
else
	skip "attach_servers: nginx" "not installed"
fi

python=$(python3 -c 'import sys; print(sys.executable)')   # not a wrapper script
cat >"$TMP/server.py" <<'PY'
import http.server, threading, time
def ticks():
    while True:
        last = time.monotonic()
        time.sleep(0.01)
        assert 0.01 <= time.monotonic() - last < 20
for _ in range(3):
    threading.Thread(target=ticks, daemon=True).start()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = time.strftime("%Y", time.gmtime()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8081), Handler).serve_forever()
PY
if command -v curl >/dev/null; then
	"$python" "$TMP/server.py" &
	servers+=($!)
	python_year() { curl -sf http://127.0.0.1:8081/; }
	wait_until python_year >/dev/null
	year_ahead python "${servers[-1]}" python_year curl -sf http://127.0.0.1:8081/ http://127.0.0.1:8081/
fi

postgres=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
if [ -n "$postgres" ] && command -v setpriv >/dev/null; then
	as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
	mkdir "$TMP/pg"
	chown postgres "$TMP/pg"
	chmod a+x "$TMP"
	"${as_postgres[@]}" "$postgres/initdb" -D "$TMP/pg/data" -A trust --no-sync >"$TMP/initdb" 2>&1
	"${as_postgres[@]}" "$postgres/postgres" -D "$TMP/pg/data" -k "$TMP/pg" -h '' -F >"$TMP/pg.log" 2>&1 &
	servers+=($!)
	query() { "${as_postgres[@]}" "$postgres/psql" -h "$TMP/pg" -qAt -v ON_ERROR_STOP=1 -c "$1" postgres; }
	wait_until query 'select 1' >/dev/null
	query 'create table t (n int, at timestamptz)'
	postgres_year() { query "select extract(year from now() at time zone 'utc')"; }
	postgres_load() { query 'insert into t select n, clock_timestamp() from generate_series(1, 500) n; select count(*) from t'; }
	year_ahead postgres "${servers[-1]}" postgres_year postgres_load
else
	skip "attach_servers: postgres" "not installed"
fi

if command -v sshd ssh-keygen ssh >/dev/null; then
	ssh-keygen -q -t ed25519 -N '' -f "$TMP/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$TMP/key"
	cp "$TMP/key.pub" "$TMP/authorized"
	mkdir -p /run/sshd
	"$(command -v sshd)" -D -f /dev/null -p 2222 -h "$TMP/host_key" -o ListenAddress=127.0.0.1 -o PidFile=none \
		-o AuthorizedKeysFile="$TMP/authorized" -o StrictModes=no -o UsePAM=no -o PermitRootLogin=yes 2>"$TMP/sshd.log" &
	servers+=($!)
	remote() { ssh -F /dev/null -q -i "$TMP/key" -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 "$@"; }
	if wait_until remote true; then
		sshd_year() { remote date -u +%Y; }
		sshd_load() { [ "$(remote echo well)" = well ]; }
		year_ahead sshd "${servers[-1]}" sshd_year sshd_load
	else
		skip "attach_servers: sshd" "nobody can log in here"
	fi
else
	skip "attach_servers: sshd" "not installed"
fi

for architecture in amd64 386; do
	if ! command -v go >/dev/null || ! program=$(go_build $architecture ticks); then
		skip "attach_servers: go $architecture" "it cannot be built here"
		continue
	fi
	start_attached "$program"
	before=$(state_of "$target")
	same "attach_servers: go $architecture: a year ahead" 0 "$(attach 1.5 --no-stacks --clock +1y -p "$target")"
	same "attach_servers: go $architecture: as it was" "$before" "$(state_of "$target")"
	same "attach_servers: go $architecture: by the shim" '"shim"' "$(jq ".run.coverage[\"$target\"]" "$REPORT")"
	end_attached "attach_servers: go $architecture: it noticed nothing"
done
