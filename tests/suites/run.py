#!/usr/bin/env python3
"""Runs upstream's functional test suites against a nephos that it starts itself, with the scenario devstack.

    tests/suites/run.py                                   all suites of suites.toml
    tests/suites/run.py cinderclient openstacksdk         only these
    tests/suites/run.py novaclient -- -k keypairs -x      what follows -- is for pytest"""
import argparse
import os
import pathlib
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
PATHS = [HERE, HERE.parent / 'clients', HERE.parent / 'conformance']
sys.path[:0] = [str(path) for path in PATHS]
import server  # noqa: E402

SUITES = tomllib.loads((HERE / 'suites.toml').read_text())


def arguments():
    words = sys.argv[1:]
    cut = words.index('--') if '--' in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('suites', nargs='*', metavar='SUITE', help=', '.join(SUITES))
    parser.add_argument('--binary', default=os.environ.get('NEPHOS_BINARY'), help='a nephos that is built already')
    parser.add_argument('--workers', type=int, default=2, help='how many tests run at the same time')
    options = parser.parse_args(words[:cut])
    unknown = set(options.suites) - set(SUITES)
    if unknown:
        parser.error('there is no suite %s; there are %s' % (', '.join(sorted(unknown)), ', '.join(SUITES)))
    options.pytest = words[cut + 1:]
    return options


def environment(nephos, folder):
    """What the tests and their workers need: no cloud and no proxy of the developer, and where nephos is."""
    for key in [k for k in os.environ if k.startswith('OS_') or k.lower() in ('http_proxy', 'https_proxy', 'all_proxy')]:
        del os.environ[key]
    os.environ.update(server.NO_PROXY, SUITES_NEPHOS=nephos.control_url, SUITES_FOLDER=folder, HOME=folder,
                      PYTHONPATH=os.pathsep.join(map(str, PATHS)), PATH=os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ['PATH']]))


def main():
    options = arguments()
    import pytest
    chosen = options.suites or list(SUITES)
    binary = pathlib.Path(options.binary or server.build()).resolve()
    with tempfile.TemporaryDirectory(prefix='nephos-suites-') as folder:
        nephos = server.Nephos(binary, pathlib.Path(folder) / 'log', options=['--timing', 'fast', '--scenario', 'devstack'])
        try:
            environment(nephos, folder)
            os.chdir(folder)
            packages = [SUITES[suite]['package'] for suite in chosen]
            code = pytest.main(['-c', str(HERE / 'pytest.ini'), '-p', 'plugin', '-n', str(options.workers), '--dist', 'loadscope',
                                *options.pytest, '--pyargs', *packages])
        finally:
            wrong = nephos.stop()
            os.chdir('/')
    print(*wrong, sep='\n', end='\n' * bool(wrong))
    return code or bool(wrong)


if __name__ == '__main__':
    sys.exit(main())
