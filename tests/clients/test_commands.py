"""What nephos prints to connect a client, used as in the README."""
import json
import os
import pathlib
import subprocess
import sys

import openstack
import pytest

PROGRAM = pathlib.Path(sys.executable).parent / 'openstack'


@pytest.fixture
def environment(nephos):
    return dict(os.environ, NEPHOS_URL=nephos.control_url)


def out(*command, **how):
    done = subprocess.run(command, capture_output=True, text=True, **how)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_env(cloud, binary, environment):
    """eval "$(nephos env gozunga)"; openstack …"""
    script = 'eval "$("$0" env "$1")" && exec "$2" volume create --size 1 -f json v1'
    made = json.loads(out('bash', '-ec', script, binary, cloud.name, PROGRAM, env=environment))
    assert (made['name'], made['status']) == ('v1', 'creating')


def test_env_of_admin(cloud, binary, environment):
    script = 'eval "$("$0" env "$1" --user admin)" && exec "$2" user list -f json'
    names = {row['Name'] for row in json.loads(out('bash', '-ec', script, binary, cloud.name, PROGRAM, env=environment))}
    assert {'admin', 'demo'} <= names


def test_clouds_yaml(cloud, binary, environment, tmp_path, monkeypatch):
    (tmp_path / 'clouds.yaml').write_text(out(binary, 'clouds-yaml', env=environment))
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(tmp_path / 'clouds.yaml'))
    connection = openstack.connect(cloud=cloud.name)
    assert connection.authorize() and list(connection.block_storage.types())


def test_wait(binary, environment):
    out(binary, 'wait', env=environment)
