#!/venv/bin/python -IS
"""Ask the service in this container whether it is ready; the image has no curl."""

import http.client
import os
import sys

connection = http.client.HTTPConnection("localhost", int(os.environ["PORT"]), timeout=4)
try:
    connection.request("GET", "/readyz")
    response = connection.getresponse()
    ready, report = response.status == 200, response.read(2000).decode()
except OSError as error:
    ready, report = False, type(error).__name__
print(report)
sys.exit(not ready)
