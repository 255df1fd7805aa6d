#!/bin/bash
# pydnst-command.sh ID COMMAND...: the operator's order for the client, given to the server's own command interface.
id=$1
shift
cd /run/pydnst/server || exit
exec "$PYTHON" -c 'import sys, pydnst.commander as c
c.Commander().send_command(sys.argv[2], sys.argv[1])' "$(cat "/run/pydnst/$id/dnst_client_id.txt")" "$*" >>/out/log/tserv/commands.log 2>&1
