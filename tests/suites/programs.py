"""The `openstack`, `nova` and `cinder` commands that the tests start, run inside the test process: the same code, without the
second that starting Python takes."""
import contextlib
import importlib
import inspect
import io
import os
import shlex
import sys
import time
import traceback

from command_line import forget_clients
from tempest.lib import exceptions

PROGRAMS = {'openstack': 'openstackclient.shell', 'nova': 'novaclient.shell', 'cinder': 'cinderclient.shell'}


def main_of(program, words):
    """Calls the `main` of a program. Some take the arguments, with those of the first import as the default."""
    main = importlib.import_module(PROGRAMS[program]).main
    return main(words) if inspect.signature(main).parameters else main()


class Output(io.StringIO):
    """A pipe: it has an encoding and is not a terminal."""
    encoding = 'utf-8'


def run(words):
    """Runs a command. Returns its exit code, output and errors. A second passes for the world, as if Python had been started."""
    time.sleep(1)
    program = os.path.basename(words[0])
    forget_clients()
    out, err, before = Output(), Output(), (sys.argv, sys.stdin)
    sys.argv = [program, *words[1:]]
    try:
        # The openstack command uploads what it can read there as the data of a new image.
        with open(os.devnull) as sys.stdin, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main_of(program, words[1:])
            except SystemExit as end:
                code = end.code
                if isinstance(code, str):
                    code, _ = 1, err.write(code + '\n')
            except Exception:
                code, _ = 1, err.write(traceback.format_exc())
    finally:
        sys.argv, sys.stdin = before
    return code or 0, out.getvalue(), err.getvalue()


def of_openstackclient(cmd, *, fail_ok=False):
    """`execute` of openstackclient/tests/functional/base.py, which hides the variables OS_*."""
    hidden = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith('OS_')}
    try:
        code, out, err = run(shlex.split(cmd))
    finally:
        os.environ.update(hidden)
    if code and not fail_ok:
        raise exceptions.CommandFailed(code, cmd, out, err.encode())
    return out


def of_tempest(cmd, action, flags='', params='', fail_ok=False, merge_stderr=False, cli_dir='/usr/bin', prefix=''):
    """`execute` of tempest/lib/cli/base.py, with which novaclient and cinderclient run their commands."""
    words = shlex.split(' '.join([prefix, os.path.join(cli_dir, cmd), flags, action, params]))
    code, out, err = run(words)
    if merge_stderr:
        out, err = out + err, ''
    if code and not fail_ok:
        raise exceptions.CommandFailed(code, words, out.encode(), err.encode())
    return out


def replace():
    """Replaces the functions with which the suites start programs."""
    import tempest.lib.cli.base
    tempest.lib.cli.base.execute = of_tempest
    try:
        import openstackclient.tests.functional.base
        openstackclient.tests.functional.base.execute = of_openstackclient
    except ImportError:
        pass
