#!/usr/bin/python3
"""phoenix.py WHEEL PLAN DIR: fills in the templates of PhoenixC2's agents as its stager.py does, for each row of kind phoenix."""
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import jinja2

wheel, plan, folder = sys.argv[1:]
FILES = {"python": ("python.payload.py", "py"), "go": ("go.go", "go")}
environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)
number = 0
for line in Path(plan).read_text().splitlines():
    host, kind, _, _, *args = line.split("\t")
    if kind != "phoenix":
        continue
    flavour, name, sleep = args
    number += 1
    file, ending = FILES[flavour]
    text = zipfile.ZipFile(wheel).read(f"phoenixc2/server/kits/http_reverse/payloads/{file}").decode()
    stager = SimpleNamespace(id=number, delay=1, timeout=5000, options={"sleep-time": sleep}, listener=SimpleNamespace(address=name, port=80, ssl=False))
    (Path(folder) / f"{name}.{ending}").write_text(environment.from_string(text).render(stager=stager))
