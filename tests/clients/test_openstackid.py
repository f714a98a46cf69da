"""The marketplace as its clients use it: client credentials by requests-oauthlib, and pages of another origin in a browser, by CORS and by
JSONP."""
import http.server
import json
import os
import shutil
import subprocess

import pytest

from local_web import serving

SCOPES = ['https://openstackid-resources.org/%s/read' % kind for kind in ('public-clouds', 'private-clouds', 'consultants')]


@pytest.fixture(scope='module')
def market(nephos):
    """The address of the marketplace."""
    return nephos.url(4994)


@pytest.fixture
def session(market):
    """A session that has fetched a token. Each test has its own: a token expires on the virtual clock."""
    from oauthlib.oauth2 import BackendApplicationClient
    from requests_oauthlib import OAuth2Session
    os.environ['OAUTHLIB_INSECURE_TRANSPORT'] = '1'
    with OAuth2Session(client=BackendApplicationClient(client_id='nephos', scope=SCOPES)) as session:
        token = session.fetch_token(market + '/oauth2/token', client_id='nephos', client_secret='nephos', scope=SCOPES)
        assert token['token_type'] == 'Bearer' and len(token['access_token']) == 72
        yield session


def test_every_page_of_every_list(session, market):
    for kind, least, more in (('public-clouds', 45, 'data-centers'), ('private-clouds', 30, 'data-centers'), ('consultants', 40, 'offices')):
        url, page, entries = '%s/api/v1/marketplace/%s' % (market, kind), 1, []
        while True:
            answer = session.get(url, params={'page': page, 'per_page': 20, 'order_by': 'name', 'order_dir': 'asc'})
            assert answer.status_code == 200, answer.text
            shown = answer.json()
            entries += shown['data']
            if page == shown['last_page']:
                break
            page += 1
        assert len(entries) == shown['total'] >= least
        assert [entry['Name'].lower() for entry in entries] == sorted(entry['Name'].lower() for entry in entries)
        one = session.get('%s/%s' % (url, entries[0]['ID']))
        assert one.json() == entries[0]
        where = session.get('%s/%s/%s' % (url, entries[0]['ID'], more))
        assert where.status_code == 200 and where.json()[more.replace('-', '')]


def test_a_conditional_request(session, market):
    url = market + '/api/v1/marketplace/public-clouds/17'
    first = session.get(url)
    again = session.get(url, headers={'If-None-Match': first.headers['ETag']})
    assert (again.status_code, again.content) == (304, b'')


def test_a_token_that_expires_on_the_virtual_clock(nephos, session, market):
    url = market + '/api/v1/marketplace/consultants'
    assert session.get(url).status_code == 200
    nephos.clock(advance='61m')
    refused = session.get(url)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers['WWW-Authenticate']
    session.fetch_token(market + '/oauth2/token', client_id='nephos', client_secret='nephos', scope=SCOPES)
    assert session.get(url).status_code == 200


def page(text):
    """A handler that answers every request with one page."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header('Content-Type', 'text/html; charset=utf-8')
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            pass

    return Page


def browse(url, folder):
    """The document of a page in a browser after its scripts have run."""
    chromium = shutil.which('chromium') or shutil.which('chromium-browser') or pytest.skip('no chromium here')
    command = [chromium, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server', '--no-first-run',
               '--user-data-dir=%s' % folder, '--virtual-time-budget=20000', '--dump-dom', url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


PAGE = '<!DOCTYPE html><html><body><pre id="seen">nothing</pre><script>const TOKEN = %s, LIST = %s;\n%s</script></body></html>'

CORS = """fetch(LIST, {headers: {Authorization: 'Bearer ' + TOKEN}}).then(answer => answer.json())
  .then(list => { document.getElementById('seen').textContent = 'total ' + list.total + ' ' + list.data[0].Name; })
  .catch(error => { document.getElementById('seen').textContent = 'failed ' + error; });"""

JSONP = """window.show = list => { document.getElementById('seen').textContent = 'total ' + list.total + ' ' + list.data[0].Name; };
const script = document.createElement('script');
script.src = LIST + '?callback=show&access_token=' + encodeURIComponent(TOKEN);
document.body.appendChild(script);"""


@pytest.mark.parametrize('script', [CORS, JSONP], ids=['cors', 'jsonp'])
def test_a_page_of_another_origin_reads_the_list(session, market, tmp_path, script):
    url = market + '/api/v1/marketplace/public-clouds'
    token = session.fetch_token(market + '/oauth2/token', client_id='nephos', client_secret='nephos', scope=SCOPES)['access_token']
    first = session.get(url).json()
    with serving(page(PAGE % (json.dumps(token), json.dumps(url), script))) as at:
        seen = browse(at, tmp_path)
    assert 'total %d %s' % (first['total'], first['data'][0]['Name']) in seen, seen
