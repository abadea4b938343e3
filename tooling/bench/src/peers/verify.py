"""Arguments: the 97 bytes of a user signature, and the signed digest, in hex."""
import sys

from nacl.signing import VerifyKey
from timing import calls_per_second

wire = bytes.fromhex(sys.argv[1])
digest = bytes.fromhex(sys.argv[2])
key = VerifyKey(wire[65:])
calls_per_second(lambda: key.verify(digest, wire[1:65]))
