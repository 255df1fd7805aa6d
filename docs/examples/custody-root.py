"""Computes a custody root by hand: docs/reference/custody.md says what is hashed.

python3 custody-root.py CASE.TOML CLAIMS_SHA256 SOURCE...
SOURCE: the file of one source, or its files in order of their names, separated by commas
"""

import hashlib
import sys


def sha256(octets):
    return hashlib.sha256(octets).digest()


def tree(leaves):
    """RFC 6962, section 2.1."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:]))


def of_file(path):
    with open(path, "rb") as file:
        return tree(list(iter(lambda: file.read(1024), b"")))


case, claims, *sources = sys.argv[1:]
with open(case, "rb") as file:
    first = [sha256(file.read()), bytes.fromhex(claims)]
print(tree(first + [tree([of_file(path) for path in source.split(",") if path]) for source in sources]).hex())
