"""blst's points and pairings as a process: one JSON request a line, one JSON answer a line. Bytes travel as hex.

The scheme is put together here from its parts: public keys in G2, signatures in G1, and the sum of signatures over one
message holds when its pairing with the generator is that of the hashed message with the sum of the keys.
"""
import json
import sys

from pyblst import BlstP1Element, BlstP2Element, final_verify, miller_loop

DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
GENERATOR = BlstP2Element.uncompress(
    bytes.fromhex(
        "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
    )
)


def of(group, text):
    return group.uncompress(bytes.fromhex(text))


def hashed(message):
    return BlstP1Element.hash_to_group(bytes.fromhex(message), DOMAIN)


def total(group, texts):
    result = group()
    for text in texts:
        result = result + of(group, text)
    return result


def verify(message, signature, keys):
    left = miller_loop(of(BlstP1Element, signature), GENERATOR)
    return final_verify(left, miller_loop(hashed(message), total(BlstP2Element, keys)))


METHODS = {
    "public_key": lambda secret: GENERATOR.scalar_mul(int(secret, 16)).compress().hex(),
    "sign": lambda message, secret: hashed(message).scalar_mul(int(secret, 16)).compress().hex(),
    "sum_signatures": lambda signatures: total(BlstP1Element, signatures).compress().hex(),
    "sum_keys": lambda keys: total(BlstP2Element, keys).compress().hex(),
    "verify": verify,
    "reads_signature": lambda signature: of(BlstP1Element, signature).compress().hex() == signature,
    "reads_key": lambda key: of(BlstP2Element, key).compress().hex() == key,
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"ok": METHODS[request["method"]](*request["args"])}
    except Exception as error:  # what is no point is a result of a test
        answer = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(answer), flush=True)
