"""The official SOMA client's pure functions as a process: one JSON request a line, one JSON answer a line.

Bytes travel as hex. An exception of the client is an answer, not a crash.
"""
import json
import sys

from soma_sdk import Keypair, SomaClient

METHODS = {
    "generate": lambda: describe(Keypair.generate()),
    "from_secret_key": lambda secret: describe(Keypair.from_secret_key(secret)),
    "from_mnemonic": lambda words: describe(Keypair.from_mnemonic(words)),
    "sign": lambda secret, transaction: Keypair.from_secret_key(secret).sign(bytes.fromhex(transaction)).hex(),
    "encrypt_weights": lambda data, key: SomaClient.encrypt_weights(bytes.fromhex(data), key)[0].hex(),
    "decrypt_weights": lambda data, key: SomaClient.decrypt_weights(bytes.fromhex(data), key).hex(),
    "commitment": lambda data: SomaClient.commitment(bytes.fromhex(data)),
}


def describe(keypair):
    return {
        "address": keypair.address(),
        "secret": keypair.to_secret_key(),
        "encoded": keypair.to_encoded(),
    }


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": METHODS[request["method"]](*request["args"])}
    except Exception as error:  # the client's refusals are results of a test
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
