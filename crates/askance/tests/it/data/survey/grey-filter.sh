#!/bin/sh
# A filter of OpenSMTPD (smtpd-filters(7)) that asks postgrey about each recipient.
while read -r line; do
  if [ "$line" = "config|ready" ]; then
    printf 'register|report|smtp-in|link-connect\nregister|report|smtp-in|tx-mail\nregister|filter|smtp-in|rcpt-to\nregister|ready\n'
    continue
  fi
  IFS='|'
  # shellcheck disable=SC2086
  set -- $line
  unset IFS
  case "$1 $5" in
  "report tx-mail") sender=$8 ;;
  "filter rcpt-to")
    answer=$(printf 'request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_address=127.0.0.1\nclient_name=\nhelo_name=probe.example\nsender=%s\nrecipient=%s\n\n' "$sender" "$8" | nc 127.95.0.9 10023)
    case $answer in
    action=DEFER*) printf 'filter-result|%s|%s|reject|451 4.7.1 %s\n' "$6" "$7" "${answer#action=DEFER_IF_PERMIT }" ;;
    *) printf 'filter-result|%s|%s|proceed\n' "$6" "$7" ;;
    esac
    ;;
  esac
done
