"""Arguments: secret and transaction in hex."""
import sys

from soma_sdk import Keypair
from timing import calls_per_second

keypair = Keypair.from_secret_key(sys.argv[1])
transaction = bytes.fromhex(sys.argv[2])
calls_per_second(lambda: keypair.sign(transaction))
