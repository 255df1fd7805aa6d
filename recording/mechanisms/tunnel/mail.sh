#!/bin/bash
# mail.sh ID PEER_ADDRESS FROM REPLY_TO DOMAIN: a mail that came from the address is handed to the host's spamd.
exec spamc -d 127.0.0.1 -p 783 >/dev/null <<END
Received: from mail.${3#*@} (mail.${3#*@} [$2])
	by mx.$1.example with ESMTP id 1; $(date -R)
From: A <$3>
Reply-To: $4
To: office@$1.example
Subject: about ${5%%.*}
Date: $(date -R)
Message-ID: <$RANDOM.$RANDOM@${3#*@}>

Dear all, please see http://www.$5/about and write to $4 if in doubt.
END
