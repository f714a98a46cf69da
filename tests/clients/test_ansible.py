"""Ansible's openstack.cloud collection builds a network, a server and a volume and takes them away; done again, nothing changes."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = pathlib.Path(sys.executable).parent / 'ansible-playbook'
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f nephos'


@pytest.fixture
def play(cloud, tmp_path):
    auth = dict(auth_url=cloud.auth_url, username='demo', password='nephos', project_name='demo', user_domain_name='Default', project_domain_name='Default')
    (tmp_path / 'clouds.yaml').write_text(json.dumps({'clouds': {'nephos': {'auth': auth, 'region_name': cloud.region, 'identity_api_version': 3}}}))
    environment = {k: v for k, v in os.environ.items() if not k.startswith('OS_')}
    environment.update(OS_CLIENT_CONFIG_FILE=str(tmp_path / 'clouds.yaml'), NO_PROXY='127.0.0.1', no_proxy='127.0.0.1', ANSIBLE_HOME=str(tmp_path), ANSIBLE_LOCALHOST_WARNING='false', LC_ALL='C.UTF-8')

    def play(name, **variables):
        """Runs a playbook that must work; how many tasks changed something."""
        variables = dict(variables, public_key=KEY, ansible_python_interpreter=sys.executable)
        command = [PROGRAM, '-i', 'localhost,', '-e', json.dumps(variables), HERE / 'ansible' / name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return int(re.search(r'changed=(\d+)', done.stdout)[1])
    return play


def test_build_and_remove(play):
    assert play('build.yml') == 9
    assert play('build.yml') == 0
    assert play('remove.yml', first=True) == 8
    assert play('remove.yml', first=False) == 0
