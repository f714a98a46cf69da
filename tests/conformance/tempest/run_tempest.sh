#!/bin/bash
# run_tempest.sh [options] LIST           runs the tests of tempest and of neutron-tempest-plugin named in a file against a running nephos
#
#   -c N             workers (default 4)
#   -t SECONDS       total time limit for the run (default 3600)
#   -T SECONDS       limit for one test (default 180)
#   -n               only write tempest.conf
#   -q               no line per test
# environment: EMU_HOST EMU_KEYSTONE_PORT EMU_NOVA_PORT EMU_CINDER_PORT EMU_NEUTRON_PORT EMU_GLANCE_PORT EMU_SWIFT_PORT
#   EMU_USER EMU_PASSWORD EMU_PROJECT EMU_REGION EMU_ASSUME=neutron (run tests that only declare that they need networks)
#   EMU_NET_EXT=discover (the tests ask for the extensions that the service lists, not for all)
#   EMU_BUILD_TIMEOUT ... (see bin/emu_conf.py), EMU_FIXTURE_PORT
#   TEMPEST_VENV (a venv with tempest and the plugin)      WS (scratch, default ${TMPDIR:-/tmp}/tempest-ws)
# exit: 0 all passed | 1 some failed | 2 usage | 3 nephos unreachable or died | 4 auth | 124 time limit
set -u
HERE=$(cd "$(dirname "$0")" && pwd); BIN=$HERE/bin
WS=${WS:-${TMPDIR:-/tmp}/tempest-ws}; TEMPEST_VENV=${TEMPEST_VENV:?set it to a venv that has tempest}
CONC=4; LIMIT=3600; TLIMIT=180; ONLYCONF=; QUIET=
usage() { sed -n '2,/^set -u/p' "$0" | grep '^#' | sed 's/^# \{0,1\}//'; }
while getopts c:t:T:nqh o; do case $o in
  c) CONC=$OPTARG;; t) LIMIT=$OPTARG;; T) TLIMIT=$OPTARG;; n) ONLYCONF=1;; q) QUIET=--quiet;; h) usage; exit 0;; *) usage; exit 2;; esac; done
shift $((OPTIND-1))
LIST=${1:?a file with names of tests}
. "$TEMPEST_VENV/bin/activate" || exit 2
export EMU_HOST=${EMU_HOST:-127.0.0.1} EMU_FIXTURE_PORT=${EMU_FIXTURE_PORT:-8999}
KS=http://$EMU_HOST:${EMU_KEYSTONE_PORT:-5000}/v3
mkdir -p "$WS.home"; export HOME=$WS.home      # tempest init would create ~/.tempest
export no_proxy=127.0.0.1,localhost,$EMU_HOST NO_PROXY=127.0.0.1,localhost,$EMU_HOST
export OS_TEST_TIMEOUT=$TLIMIT OS_STDOUT_CAPTURE=1 OS_STDERR_CAPTURE=1 OS_LOG_CAPTURE=0
T0=$(date +%s); FIXPID=; RUNPID=; DOGPID=
cleanup() { for p in $FIXPID $DOGPID; do kill "$p" 2>/dev/null; done; [ -n "$RUNPID" ] && kill -TERM -- -"$RUNPID" 2>/dev/null; }
trap cleanup EXIT; trap 'echo interrupted; exit 130' INT TERM
closing() { echo "run_tempest: $1 | ${2:-} | $(( $(date +%s)-T0 ))s"; }

# 1. workspace (registered under $WS, never in ~/.tempest)
if [ ! -f "$WS/.stestr.conf" ]; then
  rmdir "$WS" 2>/dev/null; mkdir -p "$(dirname "$WS")"
  tempest init --workspace-path "$WS.yaml.$$" --name nephos_$$ "$WS" >"$WS.init.log" 2>&1 || { tail -3 "$WS.init.log"; exit 2; }
  mv "$WS.yaml.$$" "$WS/workspace.yaml"; mv "$WS.init.log" "$WS/init.log"
fi
mkdir -p "$WS/etc" "$WS/tempest_lock" "$WS/fixtures"
CONF=$WS/etc/tempest.conf; export TEMPEST_CONFIG_DIR=$WS/etc TEMPEST_CONFIG=tempest.conf

# 2. configuration, from what nephos has
python3 "$BIN/emu_conf.py" --tmpl "$HERE/tempest.conf.tmpl" --out "$CONF" --ws "$WS" --json "$WS/discovery.json" --force
rc=$?; [ $rc = 0 ] || { closing "NOT STARTED" "configuration failed: $rc"; exit $rc; }
[ -n "$ONLYCONF" ] && { echo "$CONF"; exit 0; }

# 3. the tests by their full ids (with tags), as tempest lists them; the list is cached per content of the venv
ALL=$WS/all_tests.txt; STAMP=$(ls -d "$TEMPEST_VENV"/lib/python3*/site-packages/*tempest*.dist-info 2>/dev/null | sort | md5sum | cut -c1-12)
if [ ! -s "$ALL" ] || [ "$(cat "$WS/.all.stamp" 2>/dev/null)" != "$STAMP" ]; then
  ( cd "$WS" && tempest run --config-file "$CONF" --list-tests ) 2>"$WS/list.err" | grep -E '^(neutron_tempest_plugin|tempest)\.' >"$ALL.tmp"
  [ -s "$ALL.tmp" ] || { echo "listing failed:"; tail -5 "$WS/list.err"; closing "NOT STARTED" "listing failed"; exit 2; }
  sort "$ALL.tmp" >"$ALL"; rm -f "$ALL.tmp"; echo "$STAMP" >"$WS/.all.stamp"
fi
SEL=$WS/selected.txt
awk 'NR == FNR { if (!/^#/) want[$1] = 1; next } { name = $0; sub(/\[.*/, "", name); if (name in want) { print; delete want[name] } }
     END { for (name in want) print "unknown test: " name > "/dev/stderr" }' "$LIST" "$ALL" >"$SEL"
[ -s "$SEL" ] || { closing "NOTHING SELECTED"; exit 2; }

# 4. local web server for images that are downloaded
( cd "$WS/fixtures" && exec python3 -m http.server "$EMU_FIXTURE_PORT" --bind 127.0.0.1 ) >"$WS/fixtures.log" 2>&1 & FIXPID=$!

# 5. run in a process group of its own, with a watchdog for the time limit and for a nephos that does not answer
WHY=$WS/.why; rm -f "$WHY" "$WS/results.tsv" "$WS/run.subunit" "$WS/status.json" "$WS/tempest.log"
FIFO=$WS/.fifo; rm -f "$FIFO"; mkfifo "$FIFO"
python3 "$BIN/emu_report.py" --selected "$SEL" --raw "$WS/run.subunit" --out "$WS/results.tsv" --status "$WS/status.json" $QUIET <"$FIFO" & REPPID=$!
( cd "$WS" && exec setsid tempest run --config-file "$CONF" --load-list "$SEL" --concurrency "$CONC" --subunit ) >"$FIFO" 2>"$WS/run.err" & RUNPID=$!
( miss=0; end=$(( $(date +%s) + LIMIT ))
  while kill -0 "$RUNPID" 2>/dev/null; do
    sleep 2
    if [ "$(date +%s)" -ge "$end" ]; then echo "TIME LIMIT ${LIMIT}s" >"$WHY"
    elif curl -s -o /dev/null -m 10 --noproxy '*' "$KS"; then miss=0
    else miss=$((miss+1)); [ $miss -ge 3 ] && echo "NEPHOS STOPPED ANSWERING at $(date +%T)" >"$WHY"; fi
    if [ -s "$WHY" ]; then kill -TERM -- -"$RUNPID" 2>/dev/null; sleep 3; kill -KILL -- -"$RUNPID" 2>/dev/null; break; fi
  done ) & DOGPID=$!
wait "$RUNPID"; G=$RUNPID; RUNPID=
kill "$DOGPID" 2>/dev/null; kill -KILL -- -"$G" 2>/dev/null
wait "$REPPID" 2>/dev/null; rm -f "$FIFO"
SUM=$(python3 -c "import json;d=json.load(open('$WS/status.json'));print('selected %d passed %d failed %d skipped %d conn-err %d not-run %d'%tuple(d.get(k,0) for k in('sel','passed','failed','skipped','noconn','notrun')))" 2>/dev/null || echo "no results: $(tail -1 "$WS/run.err")")
if [ -s "$WHY" ]; then closing "ABORTED: $(cat "$WHY")" "$SUM"; grep -q TIME "$WHY" && exit 124; exit 3; fi
grep -qE '^(passed|failed|skipped|noconn)' "$WS/results.tsv" 2>/dev/null || { echo "tempest produced no result; last lines of $WS/run.err:"; tail -5 "$WS/run.err"; }
FAILED=$(python3 -c "import json;d=json.load(open('$WS/status.json'));print(d.get('failed',0)+d.get('noconn',0)+d.get('notrun',0))" 2>/dev/null || echo 1)
if [ "$FAILED" = 0 ]; then closing "OK" "$SUM"; exit 0; else closing "FAILURES" "$SUM"; exit 1; fi
