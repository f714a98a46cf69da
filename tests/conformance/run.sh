#!/bin/sh
# How alike is nephos to the real services? run.sh --help
exec "${PYTHON:-python3}" "$(dirname "$0")/run.py" "$@"
