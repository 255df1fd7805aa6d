#!/bin/bash
# tools.sh WORK: what Debian does not have, at the versions that were recorded (PyPI): recur-command in WORK/venv-agents, and the agents of
# PhoenixC2 in WORK/phoenixc2, one for each of their names in the story's plan: its templates, filled in as PhoenixC2 does it. The far end is the
# story's own; no part of PhoenixC2 is installed or run but these agents, in the guest.
set -euo pipefail
work=${1:?WORK}
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$work/venv-agents/bin/recur" ]; then
  /usr/bin/python3 -m venv "$work/venv-agents"
  "$work/venv-agents/bin/pip" install -q recur-command==0.5.0 jinja2==3.1.6
fi
tables=$(mktemp -d)
trap 'rm -r "$tables"' EXIT
/usr/bin/python3 "$here/tables.py" "$tables"
if [ ! -e "$work/phoenixc2/plan" ] || ! cmp -s <(grep phoenix "$tables/plan.tsv") "$work/phoenixc2/plan"; then
  mkdir -p "$work/phoenixc2"
  "$work/venv-agents/bin/pip" download -q --no-deps --only-binary :all: -d "$tables" phoenixc2==1.1
  "$work/venv-agents/bin/python3" "$here/phoenix.py" "$tables"/phoenixc2-*.whl "$tables/plan.tsv" "$work/phoenixc2"
  for source in "$work"/phoenixc2/*.go; do GOCACHE="$tables/cache" go build -o "${source%.go}" "$source"; done
  grep phoenix "$tables/plan.tsv" >"$work/phoenixc2/plan"
fi
