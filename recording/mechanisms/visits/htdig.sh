#!/bin/bash
# htdig.sh ID ZONE SITES: ht://Dig goes through the sites anew.
mkdir -p "/tmp/$1"
printf 'database_dir: /tmp/%s\nstart_url: `%s`\nlimit_urls_to: %s\nmaintainer: webmaster@%s\n' "$1" "$3" "$2" "$2" >"/tmp/$1/htdig.conf"
exec htdig -i -c "/tmp/$1/htdig.conf"
