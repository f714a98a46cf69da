"""The `openstack` and `cinder` commands. They run in this process: the same code, without the second that starting Python takes."""
import collections
import contextlib
import io
import itertools
import json
import os
import shlex
import sys

import pytest

from waiting import until

COUNTED = collections.defaultdict(collections.Counter)        # by cloud: how often each command worked
NOT_FOUND = ('no ', '404', 'not found', 'could not be found')


class Refused(Exception):
    """A command that ended with an error."""


class Terminal(io.StringIO):
    """Standard input without content. The openstack command takes anything that is not a terminal for an image."""
    def isatty(self):
        return True


def forget_clients():
    """Drops the clients that the openstack command caches in classes: the next call in this process may be by another user."""
    from openstackclient.common.clientmanager import ClientManager
    from osc_lib.clientmanager import ClientCache
    for cached in (value for base in ClientManager.__mro__ for value in vars(base).values() if isinstance(value, ClientCache)):
        cached._handle = None


def subcommand(program, words):
    """The name of a command without its arguments: `openstack volume create`, `cinder group-update`."""
    if program == 'cinder':
        return 'cinder ' + words[0]
    return ' '.join([program, *itertools.takewhile(lambda word: word.isalpha() or word == 'ec2', words[:5])])


@contextlib.contextmanager
def settings(environment):
    """The given variables in os.environ, and a terminal without input."""
    before, standard_input = dict(os.environ), sys.stdin
    os.environ.update(environment)
    sys.stdin = Terminal()
    try:
        yield
    finally:
        sys.stdin = standard_input
        os.environ.clear()
        os.environ.update(before)


class Cli:
    """The commands on behalf of one user."""
    def __init__(self, cloud, user, **environment):
        self.cloud = cloud
        self.environment = dict({'OS_' + key.upper(): value for key, value in cloud.login(user).items()}, OS_REGION_NAME=cloud.region, OS_IDENTITY_API_VERSION='3',
                                OS_VOLUME_API_VERSION='3.71', OS_COMPUTE_API_VERSION='2.100', OS_INTERFACE='public', COLUMNS='200', **environment)

    def other(self, **environment):
        """The same with other settings; None removes one."""
        cli = Cli(self.cloud, '')
        cli.environment = {k: v for k, v in {**self.environment, **environment}.items() if v is not None}
        return cli

    def __call__(self, command):
        """Runs an openstack command that must succeed; returns its output."""
        from openstackclient.shell import OpenStackShell
        forget_clients()
        return self.run('openstack', lambda words: OpenStackShell().run(words), command)

    def cinder(self, command):
        """Runs a cinder command that must succeed; returns its output."""
        from cinderclient.shell import OpenStackCinderShell
        return self.run('cinder', lambda words: OpenStackCinderShell().main(words), command)

    def run(self, program, main, command):
        words, out, err = shlex.split(command), io.StringIO(), io.StringIO()
        with settings(self.environment), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main(words)
            except SystemExit as e:
                code = e.code
            except Exception as e:        # cinder's main does not catch them
                code, _ = 1, err.write(str(e))
        if code:
            raise Refused('%s %s: %s%s' % (program, command, err.getvalue(), out.getvalue()))
        COUNTED[self.cloud.name][subcommand(program, words)] += 1
        return out.getvalue()

    def json(self, command):
        return json.loads(self(command + ' -f json'))

    def value(self, command, column):
        return self('%s -f value -c %s' % (command, column)).strip()

    def names(self, command, column='Name'):
        return [row[column] for row in self.json(command)]

    def refuses(self, command):
        """Runs a command that must fail; returns its message."""
        with pytest.raises(Refused) as refused:
            self(command)
        return str(refused.value)

    def wait(self, command, wanted, column='status'):
        """Runs a show command until a column has the wanted value; returns everything that it shows then."""
        return self.wait_until(command, lambda shown: shown[column] == wanted, wanted)

    def wait_until(self, command, is_wanted, what):
        """Runs a show command until its output is wanted; returns the output. A status with `error` ends the wait."""
        def look():
            shown = self.json(command)
            status = str(shown.get('status', shown.get('Status')))
            assert 'error' not in status.lower() or 'error' in str(what).lower(), '%s: %s instead of %s' % (command, status, what)
            return shown
        return until(look, is_wanted, '%s: wanted %s' % (command, what))

    def server(self, server, status):
        """Waits until a server has this status and no task: only then it accepts the next action. Returns what `server show` shows."""
        return self.wait_until('server show ' + server, lambda shown: shown['status'] == status and shown['OS-EXT-STS:task_state'] in (None, 'None'), status)

    def gone(self, command):
        """Runs a show command until it finds nothing any more."""
        def look():
            try:
                return self(command)
            except Refused as e:
                assert any(words in str(e).lower() for words in NOT_FOUND), e
                return None
        until(look, lambda shown: shown is None, command + ': wanted nothing')
