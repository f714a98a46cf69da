#!/bin/bash
# Measures how fast nephos is, compared with bare actix-web that answers the same bytes (examples/baseline.rs).
#
#   benches/load.sh [--seconds N] [--rounds N] [--many N] [--profile release|dist] [--only volumes|servers] [--check]
#
# wrk (a Debian package) loads both in turns, and the table has the medians of the rounds. Measured are: GET and POST of a volume and
# of a server (POST with and without a port) with token check, policy and journal; GET detail?limit=50 with 1,000 and with --many
# (100,000) volumes or servers; the time from exec to ready; memory when idle, per volume and per server. The hypervisors are enlarged
# so that all servers fit. --check: exit with 1 if a bound does not hold.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=4 rounds=3 many=100000 profile=release only='' check=
while [ $# -gt 0 ]; do case $1 in
  --seconds) seconds=$2; shift 2;; --rounds) rounds=$2; shift 2;; --many) many=$2; shift 2;; --profile) profile=$2; shift 2;; --only) only=$2; shift 2;; --check) check=1; shift;;
  *) sed -n '2,/^set/p' "$0" | grep '^#' | sed 's/^# \{0,1\}//'; exit 2;; esac; done
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 2; }
${CARGO:-cargo} build --quiet --profile "$profile" --bin nephos --example baseline
target=${CARGO_TARGET_DIR:-target}/$profile
work=$(mktemp -d); nephos='' baseline=''
stop() { for pid in $nephos $baseline; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done; nephos='' baseline=''; }
trap 'stop; rm -rf "$work"' EXIT

export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
offset() { PYTHONPATH=tests/conformance python3 -c 'import server; print(server.free_offset())'; }
field() { python3 -c 'import json, sys; value = json.load(sys.stdin)
for key in sys.argv[1:]: value = value[int(key) if isinstance(value, list) else key]
print(value)' "$@"; }
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
memory() { awk '/VmRSS/ { print $2 }' "/proc/$nephos/status"; }        # KiB

# Starts nephos and sets the addresses of the services.
start() {
  local at; at=$(offset); control=http://127.0.0.1:$((4990 + at)) keystone=http://127.0.0.1:$((5000 + at)) cinder=http://127.0.0.1:$((8776 + at)) nova=http://127.0.0.1:$((8774 + at)) neutron=http://127.0.0.1:$((9696 + at)) glance=http://127.0.0.1:$((9292 + at)) placement=http://127.0.0.1:$((8778 + at))
  "$target/nephos" serve --bind 127.0.0.1 --port-offset "$at" --seed 1 --no-rate-limits "$@" >"$work/nephos.log" 2>&1 & nephos=$!
  for _ in $(seq 500); do curl -sf -o /dev/null "$control/ready" && break; kill -0 "$nephos" || { cat "$work/nephos.log"; exit 2; }; sleep 0.02; done
}
# Sets token and project of the administrator and the addresses of its collections; lifts the quotas of volumes.
login() {
  local auth='{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "admin", "password": "nephos", "domain": {"id": "default"}}}}, "scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}}'
  curl -sSf -D "$work/head" -o "$work/token" -H 'Content-Type: application/json' -d "$auth" "$keystone/v3/auth/tokens"
  token=$(awk 'tolower($1) == "x-subject-token:" { print $2 }' "$work/head" | tr -d '\r')
  project=$(field token project id <"$work/token")
  volumes="$cinder/v3/$project/volumes" servers="$nova/v2.1/servers"
  api PUT "$cinder/v3/$project/os-quota-sets/$project" '{"quota_set": {"volumes": -1, "gigabytes": -1}}' >/dev/null
}
# api METHOD URL [BODY]
api() { curl -sSf -X "$1" -H "X-Auth-Token: $token" -H 'Content-Type: application/json' -H "$version" ${3:+-d "$3"} "$2"; }
version='OpenStack-API-Version: compute 2.96, volume 3.60, placement 1.39'
# Makes room for any number of servers, with a network that has as many addresses; sets the bodies of a server without and with a port.
roomy() {
  api PUT "$nova/v2.1/os-quota-sets/$project" '{"quota_set": {"instances": -1, "cores": -1, "ram": -1}}' >/dev/null
  api PUT "$neutron/v2.0/quotas/$project" '{"quota": {"port": -1}}' >/dev/null
  local provider generation name all='{"total": 2000000000, "max_unit": 1000000}' network
  for provider in $(api GET "$placement/resource_providers" | python3 -c 'import json, sys; print(*[p["uuid"] for p in json.load(sys.stdin)["resource_providers"]])'); do
    generation=$(api GET "$placement/resource_providers/$provider" | field generation)
    api PUT "$placement/resource_providers/$provider/inventories" "{\"resource_provider_generation\": $generation, \"inventories\": {\"VCPU\": $all, \"MEMORY_MB\": $all, \"DISK_GB\": $all}}" >/dev/null
  done
  network=$(api POST "$neutron/v2.0/networks" '{"network": {"name": "wide"}}' | field network id)
  api POST "$neutron/v2.0/subnets" "{\"subnet\": {\"network_id\": \"$network\", \"ip_version\": 4, \"cidr\": \"10.0.0.0/8\"}}" >/dev/null
  local image flavor; image=$(api GET "$glance/v2/images?name=cirros" | field images 0 id); flavor=$(api GET "$nova/v2.1/flavors" | field flavors 0 id)
  name="\"name\": \"load\", \"imageRef\": \"$image\", \"flavorRef\": \"$flavor\""
  portless="{\"server\": {$name, \"networks\": \"none\"}}" ported="{\"server\": {$name, \"networks\": [{\"uuid\": \"$network\"}]}}"
}
# Starts bare actix-web: FILE with the answer, PORT.
start_baseline() { "$target/examples/baseline" "$1" "$2" >"$work/baseline.log" 2>&1 & baseline=$!; for _ in $(seq 200); do curl -s -o /dev/null "http://127.0.0.1:$2/" && return; sleep 0.02; done; cat "$work/baseline.log"; exit 2; }

volume='{"volume": {"size": 1, "name": "load"}}'
# Makes wrk post a body.
posting() { printf 'wrk.method, wrk.body = "POST", [[%s]]\nwrk.headers["Content-Type"] = "application/json"\n' "$1" >"$work/post.lua"; }
# Prints requests per second; ends the script if an answer is an error.
load() {
  wrk -t 2 -c 32 -d "${seconds}s" -H "X-Auth-Token: $token" -H "$version" "$@" >"$work/wrk.log"
  ! grep -q 'Non-2xx' "$work/wrk.log" || { cat "$work/wrk.log" >&2; exit 2; }
  awk '/Requests\/sec/ { print $2 }' "$work/wrk.log"
}
# Posts the same body many times on one connection with many requests in flight: URL, BODY, COUNT.
fill() { python3 - "$1" "$2" "$3" "$token" "$version" <<'PY'
import socket, sys, urllib.parse
url, body, left, token, version = urllib.parse.urlsplit(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
request = ('POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Auth-Token: %s\r\n%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' % (url.path, token, version, len(body), body)).encode()
with socket.create_connection(('127.0.0.1', url.port)) as s:
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
# Loads bare actix-web and nephos in turns: NAME, file with the answer, URL of nephos, arguments for wrk.
against_baseline() {
  local name=$1 answer=$2 url=$3; shift 3
  # A port of nephos would be answered by nephos.
  local port; port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'); start_baseline "$answer" "$port"
  for _ in $(seq "$rounds"); do
    load "$@" "http://127.0.0.1:$port/" >>"$work/$name.baseline"
    load "$@" "$url" >>"$work/$name.nephos"
  done
  kill "$baseline"; wait "$baseline" 2>/dev/null || true; baseline=''
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
# Measures GET and POST of one kind of resource: NAME, URL of the collection, body of a resource.
figures() {
  local name=$1 url=$2 body=$3 one
  one=$(api POST "$url" "$body" | tee "$work/posted" | python3 -c 'import json, sys; print(next(iter(json.load(sys.stdin).values()))["id"])'); sleep 1
  api GET "$url/$one" >"$work/shown"
  against_baseline "$name.get" "$work/shown" "$url/$one"
  posting "$body"; against_baseline "$name.post" "$work/posted" "$url" -s "$work/post.lua"
}
# Measures lists and memory with 1,000 and with many resources, with the same arguments.
lists() {
  local name=$1 url=$2 body=$3
  fill "$url" "$body" 1000; sleep 2; for _ in $(seq "$rounds"); do load "$url/detail?limit=50"; done >"$work/$name.few"
  fill "$url" "$body" $((many - 1000)); sleep 5; for _ in $(seq "$rounds"); do load "$url/detail?limit=50"; done >"$work/$name.many"
  memory >"$work/$name.full"
}
start; sleep 1; idle=$(memory); stop
if [ "$only" != servers ]; then
  start; login; figures volume "$volumes" "$volume"; stop
  start; login; lists volume "$volumes" "$volume"; stop
fi
if [ "$only" != volumes ]; then
  start; login; roomy; figures server "$servers" "$portless"; stop
  start; login; roomy; figures ported "$servers" "$ported"; stop
  start; login; roomy; lists server "$servers" "$portless"; stop
fi

row '' figure '' bound holds
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
figure() { median <"$work/$1"; }
# against NAME TEXT BOUND: the rows of nephos and of bare actix-web
against() {
  local nephos baseline; nephos=$(figure "$1.nephos") baseline=$(figure "$1.baseline")
  row "$2, bare actix-web" "$baseline" req/s '' ''
  row "$2, nephos" "$nephos" req/s '' ''
  row '  ratio' "$(ratio "$nephos" "$baseline")" '' ">= $3" "$(holds "$nephos / $baseline >= $3")"
}
# listed NAME KIB: the rows of lists and of memory
listed() {
  local few many_; few=$(figure "$1.few") many_=$(figure "$1.many")
  row "GET detail?limit=50 with 1,000 $1s" "$few" req/s '' ''
  row "GET detail?limit=50 with $many $1s" "$many_" req/s '' ''
  row '  times slower' "$(ratio "$few" "$many_")" '' '<= 1.2' "$(holds "$few / $many_ <= 1.2")"
  row "memory per $1 at $many" "$(ratio "$(($(cat "$work/$1.full") - idle))" "$many")" KiB "<= $2" "$(holds "($(cat "$work/$1.full") - $idle) / $many <= $2")"
}
if [ "$only" != servers ]; then
  against volume.get 'GET volume' 0.5; against volume.post 'POST volume' 0.15; listed volume 3
fi
if [ "$only" != volumes ]; then
  against server.get 'GET server' 0.5; against server.post 'POST server' 0.15; against ported.post 'POST server with a port' 0.15; listed server 4
fi
row 'from exec to ready' "$ready" ms '<= 50' "$(holds "$ready <= 50")"
row 'memory when idle' "$(ratio "$idle" 1024)" MiB '< 25' "$(holds "$idle / 1024 < 25")"
[ -z "$check" ] || exit "$wrong"
