"""The official Tinker client's REST calls as a process: one JSON request a line, one JSON answer a line.

An exception of the client is an answer, not a crash.
"""
import json
import os
import sys
import warnings
from datetime import date

os.environ["TINKER_TELEMETRY"] = "0"
for name in ("TINKER_API_KEY", "TINKER_BASE_URL", "TINKER_CREDENTIAL_CMD", "TINKER_PROJECT_ID"):
    os.environ.pop(name, None)
warnings.simplefilter("ignore")

import tinker  # noqa: E402  (reads the environment)
from tinker import types  # noqa: E402

clients = {}


def rest(base_url, api_key):
    key = (base_url, api_key)
    if key not in clients:
        clients[key] = tinker.RestClient(base_url=base_url, api_key=api_key)
    return clients[key]


def plain(value):
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.model_dump(mode="json")


def call(base_url, api_key, method, arguments):
    if "day" in arguments:
        arguments["day"] = date.fromisoformat(arguments["day"])
    if method == "search_sessions":
        arguments = {"request": types.SessionSearchRequest.model_validate(arguments)}
    return plain(getattr(rest(base_url, api_key), method)(**arguments).result())


METHODS = {"call": call}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": METHODS[request["method"]](*request["args"])}
    except Exception as error:  # the client's refusals are results of a test
        answer = {
            "error": type(error).__name__,
            "message": str(error),
            "status": getattr(error, "status_code", None),
        }
    print(json.dumps(answer), flush=True)
