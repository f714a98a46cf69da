"""Ansible's openstack.cloud collection builds a network, a server and a volume and removes them. A second run changes nothing."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from waiting import TIMEOUT

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = pathlib.Path(sys.executable).parent / 'ansible-playbook'
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f nephos'


@pytest.fixture
def play(cloud, tmp_path):
    settings = {'auth': cloud.login('demo'), 'region_name': cloud.region, 'identity_api_version': 3}
    (tmp_path / 'clouds.yaml').write_text(json.dumps({'clouds': {'nephos': settings}}))
    environment = dict(os.environ, OS_CLIENT_CONFIG_FILE=str(tmp_path / 'clouds.yaml'), ANSIBLE_HOME=str(tmp_path), ANSIBLE_LOCALHOST_WARNING='false', LC_ALL='C.UTF-8')

    def play(name, **variables):
        """Runs a playbook that must succeed; returns how many tasks changed something."""
        variables = dict(variables, public_key=KEY, patience=int(TIMEOUT), ansible_python_interpreter=sys.executable)
        command = [PROGRAM, '-i', 'localhost,', '-e', json.dumps(variables), HERE / 'ansible' / name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return int(re.search(r'changed=(\d+)', done.stdout)[1])
    return play


def test_build_and_remove(play):
    assert play('build.yml') == 9
    assert play('build.yml') == 0
    assert play('remove.yml', first=True) == 8
    assert play('remove.yml', first=False) == 0
