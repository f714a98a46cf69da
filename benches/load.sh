#!/bin/bash
# How fast is nephos, as ratios to bare actix-web answering the same bytes (examples/floor.rs), in one run with one load generator?
#
#   benches/load.sh [--seconds N] [--rounds N] [--volumes N] [--profile release|dist] [--check]
#
# wrk (Debian package) asks both in turn, round after round; the table has medians. Measured: GET of a volume and POST of a volume
# with token check, policy and journal; GET volumes/detail?limit=50 with 1,000 and with --volumes (100,000) volumes; the time from
# exec to ready; memory idle and per volume. --check: exit code 1 when one of the project's bounds does not hold.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=4 rounds=3 volumes=100000 profile=release check=
while [ $# -gt 0 ]; do case $1 in
  --seconds) seconds=$2; shift 2;; --rounds) rounds=$2; shift 2;; --volumes) volumes=$2; shift 2;; --profile) profile=$2; shift 2;; --check) check=1; shift;;
  *) sed -n '2,/^set/p' "$0" | grep '^#' | sed 's/^# \{0,1\}//'; exit 2;; esac; done
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 2; }
${CARGO:-cargo} build --quiet --profile "$profile" --bin nephos --example floor
target=${CARGO_TARGET_DIR:-target}/$profile
work=$(mktemp -d); nephos='' floor=''
stop() { for pid in $nephos $floor; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done; nephos='' floor=''; }
trap 'stop; rm -rf "$work"' EXIT

export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
offset() { PYTHONPATH=tests/conformance python3 -c 'import server; print(server.free_offset())'; }
field() { python3 -c 'import json, sys; value = json.load(sys.stdin)
for key in sys.argv[1:]: value = value[key]
print(value)' "$@"; }
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
memory() { awk '/VmRSS/ { print $2 }' "/proc/$nephos/status"; }        # KiB

# Starts nephos; sets nephos, keystone, cinder, project, token; every quota of the project is lifted.
start() {
  local at; at=$(offset); control=http://127.0.0.1:$((4990 + at)) keystone=http://127.0.0.1:$((5000 + at)) cinder=http://127.0.0.1:$((8776 + at))
  "$target/nephos" serve --bind 127.0.0.1 --port-offset "$at" --seed 1 --no-rate-limits "$@" >"$work/nephos.log" 2>&1 & nephos=$!
  for _ in $(seq 500); do curl -sf -o /dev/null "$control/ready" && break; kill -0 "$nephos" || { cat "$work/nephos.log"; exit 2; }; sleep 0.02; done
}
login() {
  local auth='{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "admin", "password": "nephos", "domain": {"id": "default"}}}}, "scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}}'
  curl -sSf -D "$work/head" -o "$work/token" -H 'Content-Type: application/json' -d "$auth" "$keystone/v3/auth/tokens"
  token=$(awk 'tolower($1) == "x-subject-token:" { print $2 }' "$work/head" | tr -d '\r')
  project=$(field token project id <"$work/token")
  api PUT "/os-quota-sets/$project" '{"quota_set": {"volumes": -1, "gigabytes": -1}}' >/dev/null
}
api() { curl -sSf -X "$1" -H "X-Auth-Token: $token" -H 'Content-Type: application/json' ${3:+-d "$3"} "$cinder/v3/$project$2"; }
count() { curl -sSf -H "X-Auth-Token: $token" -H 'OpenStack-API-Version: volume 3.12' "$cinder/v3/$project/volumes/summary" | field volume-summary total_count; }
# Starts bare actix-web with these bytes as its answer.
start_floor() { "$target/examples/floor" "$1" "$2" >"$work/floor.log" 2>&1 & floor=$!; for _ in $(seq 200); do curl -s -o /dev/null "http://127.0.0.1:$2/" && return; sleep 0.02; done; cat "$work/floor.log"; exit 2; }

cat >"$work/post.lua" <<'LUA'
wrk.method, wrk.body = "POST", '{"volume": {"size": 1, "name": "load"}}'
wrk.headers["Content-Type"] = "application/json"
LUA
# Requests per second; refuses to count errors.
load() {
  wrk -t 2 -c 32 -d "${seconds}s" -H "X-Auth-Token: $token" "$@" >"$work/wrk.log"
  ! grep -q 'Non-2xx' "$work/wrk.log" || { cat "$work/wrk.log" >&2; exit 2; }
  awk '/Requests\/sec/ { print $2 }' "$work/wrk.log"
}
# Fills up to a number of volumes, many requests in flight on one connection.
fill() { python3 - "${cinder##*:}" "/v3/$project/volumes" "$token" $(($1 - $(count))) <<'PY'
import socket, sys
port, path, token, left = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
body = '{"volume": {"size": 1, "name": "load"}}'
request = ('POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Auth-Token: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' % (path, token, len(body), body)).encode()
with socket.create_connection(('127.0.0.1', port)) as s:
    while left > 0:
        batch, seen, tail = min(left, 64), 0, b''
        s.sendall(request * batch)
        while seen < batch:
            data = tail + s.recv(1 << 20)
            assert len(data) > len(tail), 'the connection was closed'
            seen += data.count(b'HTTP/1.1 202')
            assert b'HTTP/1.1 4' not in data and b'HTTP/1.1 5' not in data, data[:500]
            tail = data[data.rfind(b'HTTP/1.1 202') + 12:][-11:]
        left -= batch
PY
}
# The medians of alternating rounds: NAME, the answer's file, wrk's arguments for nephos' URL.
against_floor() {
  local name=$1 answer=$2 url=$3; shift 3
  local port; port=$((18000 + $(offset) % 1000)); start_floor "$answer" "$port"
  for _ in $(seq "$rounds"); do
    load "$@" "http://127.0.0.1:$port/" >>"$work/$name.floor"
    load "$@" "$url" >>"$work/$name.nephos"
  done
  kill "$floor"; wait "$floor" 2>/dev/null || true; floor=''
}
wrong=0
# row TEXT FIGURE UNIT BOUND OK
row() { printf '%-46s %12s %-7s %-12s %s\n' "$1" "$2" "$3" "$4" "$5"; [ "$5" != NO ] || wrong=1; }
holds() { awk "BEGIN { exit !($1) }" && echo yes || echo NO; }

ready=$(PYTHONPATH=tests/conformance python3 - "$target/nephos" <<'PY'
import statistics, subprocess, sys, time
import server
times = []
for _ in range(7):
    offset = server.free_offset()
    began = time.perf_counter()
    process = subprocess.Popen([sys.argv[1], 'serve', '--bind', '127.0.0.1', '--port-offset', str(offset)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while server.get('http://127.0.0.1:%d/ready' % (4990 + offset)) != 200:
        time.sleep(0.0005)
    times.append((time.perf_counter() - began) * 1000)
    server.stop(process)
print('%.1f' % statistics.median(times))
PY
)
start; sleep 1; idle=$(memory); login
v=$(api POST /volumes '{"volume": {"size": 1, "name": "load"}}' | tee "$work/posted" | field volume id); sleep 1
api GET "/volumes/$v" >"$work/shown"
against_floor get "$work/shown" "$cinder/v3/$project/volumes/$v"
against_floor post "$work/posted" "$cinder/v3/$project/volumes" -s "$work/post.lua"
stop
start; login
fill 1000; sleep 2; for _ in $(seq "$rounds"); do load "$cinder/v3/$project/volumes/detail?limit=50"; done >"$work/few"
fill "$volumes"; sleep 3; for _ in $(seq "$rounds"); do load "$cinder/v3/$project/volumes/detail?limit=50"; done >"$work/many"
total=$(count); full=$(memory)
stop

get=$(median <"$work/get.nephos") get_floor=$(median <"$work/get.floor") post=$(median <"$work/post.nephos") post_floor=$(median <"$work/post.floor")
few=$(median <"$work/few") many=$(median <"$work/many")
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
row '' figure '' bound holds
row 'GET volume, bare actix-web' "$get_floor" req/s '' ''
row 'GET volume, nephos' "$get" req/s '' ''
row '  ratio' "$(ratio "$get" "$get_floor")" '' '>= 0.5' "$(holds "$get / $get_floor >= 0.5")"
row 'POST volume, bare actix-web' "$post_floor" req/s '' ''
row 'POST volume, nephos' "$post" req/s '' ''
row '  ratio' "$(ratio "$post" "$post_floor")" '' '>= 0.15' "$(holds "$post / $post_floor >= 0.15")"
row 'GET detail?limit=50 with 1,000 volumes' "$few" req/s '' ''
row "GET detail?limit=50 with $total volumes" "$many" req/s '' ''
row '  times slower' "$(ratio "$few" "$many")" '' '<= 1.2' "$(holds "$few / $many <= 1.2")"
row 'from exec to ready' "$ready" ms '<= 50' "$(holds "$ready <= 50")"
row 'memory when idle' "$(ratio "$idle" 1024)" MiB '< 25' "$(holds "$idle / 1024 < 25")"
row "memory per volume at $total" "$(ratio "$((full - idle))" "$total")" KiB '<= 3' "$(holds "($full - $idle) / $total <= 3")"
[ -z "$check" ] || exit "$wrong"
