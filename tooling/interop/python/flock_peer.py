"""The original FLock client as a process: one JSON request a line, one JSON answer a line.

Its root is fixed in its code, so it is set from outside. Tables travel as columns, types, index and rows.
"""
import json
import math
import os
import sys

# Read by the Hub's library when it is loaded.
os.environ["HF_ENDPOINT"] = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HF_ENDPOINT", "http://127.0.0.1:9")
os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["FLOCK_API_KEY"] = "test-key-0001"
os.environ["HF_TOKEN"] = "hf_testtoken"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "stubs"))

import flocky.api as api
import flocky.core as core
import pandas
import torch

# The library keeps the endpoint that it found when it was loaded.
import huggingface_hub


def cell(value):
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) or value is pandas.NA else value


def plain(value):
    if not isinstance(value, pandas.DataFrame):
        return value
    return {
        "columns": [str(name) for name in value.columns],
        "dtypes": {str(name): str(dtype) for name, dtype in zip(value.columns, value.dtypes)},
        "index": [int(number) for number in value.index],
        "rows": [[cell(each) for each in row] for row in value.itertuples(index=False, name=None)],
    }


def set_root(root):
    api.BASE_URL = core.BASE_URL = root + "/"


def set_hub(url):
    original = huggingface_hub.HfApi
    api.HfApi = lambda **options: original(endpoint=url, **options)


def set_gpu(name):
    torch.cuda.name = name


METHODS = {
    "root": set_root,
    "hub": set_hub,
    "gpu": set_gpu,
    "flatten": core.pd_parse,
    "wallet": lambda address, method, options: getattr(api.FlockWalletStats(address), method)(**options),
}

for line in sys.stdin:
    request = json.loads(line)
    method = METHODS.get(request["method"]) or getattr(api, request["method"])
    try:
        answer = {"ok": plain(method(*request["args"]))}
    except Exception as error:  # the client's refusals are results of a test
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
