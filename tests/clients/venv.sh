#!/bin/sh
# Makes the virtual environment of the client tests, of upstream's suites and of tempest, and prints its folder. It is made again only when
# this file or one of the three requirements files changes. NEPHOS_CACHE names the folder for it (default: ~/.cache/nephos).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${NEPHOS_CACHE:-$HOME/.cache/nephos}
mark=$(cat "$0" "$here/requirements.txt" "$here/../conformance/requirements.txt" "$here/../suites/requirements.txt" | sha256sum | cut -c1-12)
venv=$cache/venv-$mark
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  mkdir -p "$cache"
  "${PYTHON:-python3}" -m venv "$venv" >&2
  pip="$venv/bin/pip --quiet --disable-pip-version-check"
  $pip install -r "$here/requirements.txt" -r "$here/../conformance/requirements.txt" -r "$here/../suites/requirements.txt" >&2
  # The package ansible has 600 MB of collections; only openstack.cloud is unpacked.
  $pip download --no-deps --dest "$venv/wheels" ansible==12.3.0 >&2
  "$venv/bin/python" - "$venv/wheels" <<'EOF' >&2
import pathlib, sys, sysconfig, zipfile
packages = pathlib.Path(sysconfig.get_path('purelib'))
for wheel in pathlib.Path(sys.argv[1]).glob('*.whl'):
    whole = zipfile.ZipFile(wheel)
    whole.extractall(packages, [n for n in whole.namelist() if n.startswith('ansible_collections/openstack/cloud/')])
# The collection reads openstack.version, which openstacksdk no longer imports by itself.
shared = packages / 'ansible_collections/openstack/cloud/plugins/module_utils/openstack.py'
shared.write_text(shared.read_text().replace("importlib.import_module('openstack')", "importlib.import_module('openstack.version') and importlib.import_module('openstack')"))
EOF
  rm -r "$venv/wheels"
  touch "$venv/complete"
fi
echo "$venv"
