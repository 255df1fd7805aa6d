#!/bin/bash
# lynx.sh ID ZONE: lynx's own traversal of every link from the first site on; it writes its lists into the folder it runs in.
mkdir -p "/tmp/$1"
cd "/tmp/$1" || exit
rm -f ./*.dat
printf 'http:\n' >/dev/null
exec lynx -traversal -accept_all_cookies "http://s00.$2/" >/dev/null 2>&1
