#!/usr/bin/env python3
"""Prints what differed in the last run of run.py, without running it again.

usage: differences.py [--service cinder] [--operation 'POST /volumes'] [--in target/conformance]
To measure one operation again after a change: run.sh --quick --only cinder --operation /snapshots"""
import argparse
import pathlib
import sys

import results
import server
from run import SERVICES


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--service', choices=SERVICES)
    ap.add_argument('--operation', default='', help='only operations whose name contains this')
    ap.add_argument('--in', dest='out', type=pathlib.Path, default=server.ROOT / 'target/conformance')
    a = ap.parse_args()
    found = results.Results(a.out, [a.service] if a.service else list(SERVICES), operation=a.operation)
    print('\n'.join(found.lines() + found.details()))


if __name__ == '__main__':
    sys.exit(main())
