#!/bin/bash
# tools.sh WORK: the programs of the story that Debian does not have, at the versions that were recorded: WORK/venv-names (PyPI), WORK/cargo-names (crates.io).
set -euo pipefail
work=${1:?WORK}
if [ ! -x "$work/venv-names/bin/python3" ]; then
  /usr/bin/python3 -m venv "$work/venv-names"
  "$work/venv-names/bin/pip" install -q cov3rt==1.0 dnsm==0.2.1 pydnst==1.0.4 dns-tunnel-messenger==0.2.0 scapy==2.8.0 toml==0.10.2 rich==15.0.0
fi
[ -x "$work/cargo-names/bin/client" ] || cargo install -q --debug --root "$work/cargo-names" tunneler --version 0.4.1
