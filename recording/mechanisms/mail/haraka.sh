#!/bin/bash
# haraka.sh ROOTS: installs Haraka from the npm registry into ROOTS/haraka/opt/haraka, where the stories mail-* expect it. Needs node and npm.
# Two overrides: the newest versions of two dependencies are not in every mirror.
set -e
home=${1:?ROOTS}/haraka/opt/haraka
[ ! -d "$home/node_modules/Haraka" ] || exit 0
mkdir -p "$home"
cd "$home"
cat >package.json <<END
{ "name": "haraka-host", "version": "1.0.0", "private": true,
  "dependencies": { "Haraka": "3.1.5", "haraka-plugin-fcrdns": "1.1.2", "haraka-plugin-mail_from.is_resolvable": "1.1.0", "haraka-plugin-spf": "1.2.11",
    "haraka-plugin-dkim": "1.0.11", "haraka-plugin-helo.checks": "1.1.0" },
  "overrides": { "encoding-japanese": "2.2.0", "libqp": "2.1.1" } }
END
npm install --no-audit --no-fund --omit=dev --omit=optional --ignore-scripts
