"""Arguments: commitment or encrypt, and the number of bytes."""
import os
import sys

from soma_sdk import SomaClient
from timing import megabytes_per_second

size = int(sys.argv[2])
data = os.urandom(2**20) * (size // 2**20)
run = SomaClient.commitment if sys.argv[1] == "commitment" else SomaClient.encrypt_weights
megabytes_per_second(len(data), lambda: run(data))
