#!/bin/bash
# Runs the fuzz targets one after another, each for its share of the time.
#
#   fuzz/run.sh [SECONDS] [TARGET...]       default: an hour for all targets
#
# With a nightly toolchain and cargo-fuzz, coverage guides the inputs, and new ones are kept in fuzz/corpus. Without, the targets are built
# as they are in ./test and get random changes of their seeds. An input that fails is kept in fuzz/artifacts; CARGO names another cargo.
set -eu
cd "$(dirname "$0")/.."
seconds=3600
case ${1:-} in -h|--help) sed -n '2,/^set/p' "$0" | grep '^#' | sed 's/^# \{0,1\}//'; exit;; ''|*[!0-9]*) ;; *) seconds=$1; shift;; esac
targets=${*:-$(basename -s .rs fuzz/fuzz_targets/*.rs)}
share=$((seconds / $(wc -w <<<"$targets")))
guided=
cargo +nightly fuzz --version >/dev/null 2>&1 && guided=yes
[ "$guided" ] || ${CARGO:-cargo} build --quiet --workspace --bins
for target in $targets; do
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  echo "== $target, $share s"
  options=(-max_total_time="$share" -timeout=20 -rss_limit_mb=4096 -artifact_prefix="fuzz/artifacts/$target/")
  if [ "$guided" ]; then cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- "${options[@]}"
  else "${CARGO_TARGET_DIR:-target}/debug/$target" -len_control=0 "${options[@]}" "fuzz/corpus/$target" "fuzz/seeds/$target"; fi
done
