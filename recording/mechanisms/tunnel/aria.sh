#!/bin/bash
# aria.sh ID PAGE: fetches a page and hands the addresses in it to aria2c.
mkdir -p "/tmp/$1"
curl -s -m 20 "$2" | grep -o 'http://[^"]*' | aria2c -q -d "/tmp/$1" --allow-overwrite=true -j 4 --max-tries=1 -i -
