#!/bin/bash
# tools.sh WORK: the libraries of the story that Debian does not have, at the versions that were recorded: WORK/roots/npm (npm registry).
set -euo pipefail
home=${1:?WORK}/roots/npm
[ ! -d "$home/node_modules/cacheable-lookup" ] || exit 0
command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get -y -qq install --no-install-recommends npm
mkdir -p "$home"
cd "$home"
echo '{ "name": "names", "version": "1.0.0", "private": true, "dependencies": { "cacheable-lookup": "7.0.0", "dnscache": "1.0.2", "lookup-dns-cache": "2.1.0" } }' >package.json
npm install --no-audit --no-fund --ignore-scripts
