#!/usr/bin/env python3
"""Writes the hash of each file into corpus/MANIFEST.toml; says which files it does not list."""
import hashlib
import re
from pathlib import Path

corpus = Path(__file__).resolve().parent.parent
manifest = corpus / "MANIFEST.toml"
text = manifest.read_text()


def hashed(found):
    digest = hashlib.sha256((corpus / found["path"]).read_bytes()).hexdigest()
    return f'path = "{found["path"]}"\nsha256 = "{digest}"\n'


text = re.sub(r'path = "(?P<path>[^"]+)"\nsha256 = "[^"]*"\n', hashed, text)
manifest.write_text(text)
for path in sorted((corpus / "captures").iterdir()):
    if f'"captures/{path.name}"' not in text:
        print(f"not listed: captures/{path.name}")
