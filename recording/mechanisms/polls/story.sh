#!/bin/bash
# title: Programs that ask on a clock, and agents with jitter
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
set -eu
PACKAGES="busybox-static cron curl wget perl-base monitoring-plugins-basic monitoring-plugins-standard bind9-dnsutils fping apt isync rsync monit fetchmail ddclient inadyn htpdate collectd-core smokeping prometheus prometheus-blackbox-exporter nagios4-core zabbix-agent clamav-freshclam python3-requests"
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/plan.sh"

run_apt() { update_by_apt "$@" APT::Update::Error-Mode=any; } # HOST SECONDS NAME SPEC
run_fetchmail() { # HOST SECONDS NAME PAUSE_S
  printf 'set daemon %s\npoll %s proto pop3 user "u" password "p" sslproto ""\n' "$4" "$3" >"/run/h/$1/fetchmailrc"
  chmod 700 "/run/h/$1/fetchmailrc"
  during "$1" "$2" fetchmail -N -f "/run/h/$1/fetchmailrc" --nosyslog --pidfile "/run/h/$1/pid" -i "/run/h/$1/ids"
}
run_ddclient() { # HOST SECONDS NAME PAUSE_S
  printf 'daemon=%s\nsyslog=no\nssl=no\nuse=web, web=http://%s/\nprotocol=dyndns2\nserver=%s\nlogin=u\npassword=p\nbox.invalid\n' "$4" "$3" "$3" >"/run/h/$1/ddclient.conf"
  chmod 600 "/run/h/$1/ddclient.conf"
  during "$1" "$2" ddclient -foreground -file "/run/h/$1/ddclient.conf" -cache "/run/h/$1/cache" -pid "/run/h/$1/pid"
}
run_inadyn() { # HOST SECONDS NAME PAUSE_S
  printf 'period = %s\nverify-address = false\nallow-ipv6 = false\ncustom partner {\n  hostname = box.invalid\n  username = u\n  password = p\n  ssl = false\n  checkip-ssl = false\n  checkip-server = %s\n  checkip-path = /\n  ddns-server = %s\n  ddns-path = "/update?i=%%i"\n}\n' "$4" "$3" "$3" >"/run/h/$1/inadyn.conf"
  mkdir -p "/run/h/$1/cache"
  during "$1" "$2" inadyn -n -C -f "/run/h/$1/inadyn.conf" --cache-dir="/run/h/$1/cache" --no-pidfile
}
run_htpdate() { # HOST SECONDS NAME SHORTEST_S LONGEST_S
  during "$1" "$2" htpdate -F -q -m "$4" -M "$5" "http://$3"
}
run_smokeping() { # HOST SECONDS NAME PAUSE_S
  local home=/run/h/$1
  mkdir -p "$home/data" "$home/cache"
  cat >"$home/config" <<END
*** General ***
owner = o
contact = o@invalid.example
mailhost = invalid.example
sendmail = /bin/true
imgcache = $home/cache
imgurl = cache
datadir = $home/data
piddir = $home
cgiurl = http://localhost/
smokemail = /etc/smokeping/smokemail
tmail = /etc/smokeping/tmail
*** Database ***
step = $4
pings = 5
AVERAGE 0.5 1 100
*** Presentation ***
template = /etc/smokeping/basepage.html
+ overview
width = 600
height = 50
range = 10h
+ detail
width = 600
height = 200
unison_tolerance = 2
"Last 3 Hours" 3h
*** Probes ***
+ FPing
binary = /usr/bin/fping
*** Targets ***
probe = FPing
menu = Top
title = t
+ partner
menu = p
title = p
host = $3
END
  during "$1" "$2" smokeping --nodaemon --config="$home/config"
}
run_blackbox() { # HOST SECONDS NAME PAUSE_S
  printf 'modules:\n  http_2xx:\n    prober: http\n    timeout: 15s\n    http:\n      preferred_ip_protocol: ip4\n' >"/run/h/$1/blackbox.yml"
  probe "$1" "$2" "$4" http_2xx "http://$3/"
}
run_nagios() { # HOST SECONDS NAME PAUSE_S
  local root=${ROOT[$1]}
  mkdir -p "$root/run/n/spool"
  cat >"$root/run/n/nagios.cfg" <<END
log_file=/run/n/log
cfg_file=/run/n/objects.cfg
object_cache_file=/run/n/cache
status_file=/run/n/status
temp_file=/run/n/temp
temp_path=/run/n
lock_file=/run/n/lock
command_file=/run/n/cmd
check_result_path=/run/n/spool
state_retention_file=/run/n/retention
resource_file=/run/n/resource.cfg
nagios_user=root
nagios_group=root
check_external_commands=0
query_socket=/run/n/qh
check_workers=1
check_result_reaper_frequency=60
status_update_interval=3600
interval_length=1
enable_notifications=0
check_for_updates=0
use_syslog=0
END
  echo '$USER1$=/usr/lib/nagios/plugins' >"$root/run/n/resource.cfg"
  cat >"$root/run/n/objects.cfg" <<END
define timeperiod {
 timeperiod_name always
 alias a
 sunday 00:00-24:00
 monday 00:00-24:00
 tuesday 00:00-24:00
 wednesday 00:00-24:00
 thursday 00:00-24:00
 friday 00:00-24:00
 saturday 00:00-24:00
}
define command {
 command_name http
 command_line \$USER1\$/check_http -H \$HOSTADDRESS\$ -t 20
}
define contact {
 contact_name c
 host_notifications_enabled 0
 service_notifications_enabled 0
 host_notification_period always
 service_notification_period always
 host_notification_options n
 service_notification_options n
 host_notification_commands http
 service_notification_commands http
}
define host {
 host_name partner
 address $3
 check_period always
 max_check_attempts 1
 active_checks_enabled 0
 contacts c
 notification_period always
}
define service {
 host_name partner
 service_description web
 check_command http
 check_interval $4
 retry_interval $4
 max_check_attempts 1
 check_period always
 notification_period always
 contacts c
}
END
  during "$1" "$2" nagios4 /run/n/nagios.cfg
}
run_zabbix() { # HOST SECONDS NAME PAUSE_S
  printf 'LogType=console\nPidFile=/run/h/%s/pid\nAllowRoot=1\nServerActive=%s\nHostname=x\nStartAgents=0\nRefreshActiveChecks=%s\n' "$1" "$3" "$4" >"/run/h/$1/zabbix.conf"
  during "$1" "$2" zabbix_agentd -f -c "/run/h/$1/zabbix.conf"
}
run_freshclam() { # HOST SECONDS NAME CHECKS
  local root=${ROOT[$1]}
  mkdir -p "$root/run/f/db"
  printf 'DatabaseOwner root\nDatabaseDirectory /run/f/db\nDNSDatabaseInfo %s\nDatabaseMirror http://%s\nChecks %s\nMaxAttempts 1\nForeground yes\nPidFile /run/f/pid\n' "$3" "$3" "$4" >"$root/run/f/freshclam.conf"
  during "$1" "$2" freshclam -d --config-file=/run/f/freshclam.conf
}
run_agent() { # HOST SECONDS CLIENT PERIOD_S JITTER FORM NAME SEED
  during "$1" "$2" python3 "$STORY/agent.py" "$3" "$4" "$5" "$6" "$7" "$8"
}

world_begin
wait_for "$start"
follow_plan &
world_run
world_end
