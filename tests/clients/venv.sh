#!/bin/sh
# Makes the virtual environment that the client tests and tempest run in, once for each content of the two requirements files,
# and prints its folder. NEPHOS_CACHE says where (default: ~/.cache/nephos).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${NEPHOS_CACHE:-$HOME/.cache/nephos}
mark=$(cat "$here/requirements.txt" "$here/../conformance/requirements.txt" | sha256sum | cut -c1-12)
venv=$cache/venv-$mark
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  mkdir -p "$cache"
  "${PYTHON:-python3}" -m venv "$venv" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" -r "$here/../conformance/requirements.txt" >&2
  touch "$venv/complete"
fi
echo "$venv"
