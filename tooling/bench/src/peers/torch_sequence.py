"""The official torch model at full size: for each line on stdin it runs one sequence and prints the seconds it took.

Runs in the Python that SOMAKIT_TORCH_PYTHON names, with torch and soma-models installed by hand.
"""
import json
import sys
import time

import torch
from soma_models.v1.torch import Model, ModelConfig

model = Model(ModelConfig(dropout_rate=0.0)).eval()
tokens = (torch.arange(1024) * 7 % 256).unsqueeze(0)
positions = torch.arange(1024).unsqueeze(0)
print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
with torch.inference_mode():
    for _ in sys.stdin:
        start = time.perf_counter()
        cpu = time.process_time()
        model(tokens, positions)
        print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}), flush=True)
