"""Starts nephos for tests that attack it. NEPHOS_BINARY names one that is built already; without it cargo builds one.

Every test starts what it needs on ports of its own, and stops it by its process id. At the end no nephos may have ended by itself or
panicked."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'conformance'))
import server as nephos_server  # noqa: E402
from clients import User  # noqa: E402


@pytest.fixture(scope='session', autouse=True)
def plain_environment():
    """No proxy of the developer's shell."""
    for key in [k for k in os.environ if k.lower() in ('http_proxy', 'https_proxy', 'all_proxy')]:
        del os.environ[key]
    os.environ.update(nephos_server.NO_PROXY)


@pytest.fixture(scope='session')
def binary():
    return os.environ.get('NEPHOS_BINARY') or nephos_server.build(os.environ.get('NEPHOS_PROFILE', 'dev'))


@pytest.fixture(scope='module')
def start(binary, tmp_path_factory):
    """Starts a nephos with these options; `temporary` is a folder for its files, other keywords are for subprocess."""
    running = []

    def start(*options, temporary=None, **popen):
        if temporary:
            popen['env'] = {**os.environ, 'TMPDIR': str(temporary), **popen.get('env', {})}
        running.append(nephos_server.Nephos(binary, tmp_path_factory.mktemp('nephos') / 'log', options=options, **popen))
        return running[-1]
    yield start
    wrong = [problem for nephos in running if not getattr(nephos, 'ended', False) for problem in nephos.stop()]
    assert wrong == []


@pytest.fixture(scope='module')
def nephos(start):
    """One nephos for all tests of a file; what is made should have names of its own."""
    return start()


@pytest.fixture(scope='module')
def demo(nephos):
    return User(nephos)


@pytest.fixture(scope='module')
def admin(nephos):
    return User(nephos, 'admin')
