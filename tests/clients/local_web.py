"""Web servers on this machine that clients and nephos fetch from."""
import contextlib
import http.server
import threading


@contextlib.contextmanager
def serving(handler):
    """Serves with a handler class of http.server on a free port; yields the address."""
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        try:
            yield 'http://127.0.0.1:%d/' % served.server_port
        finally:
            served.shutdown()
