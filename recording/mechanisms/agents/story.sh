#!/bin/bash
# title: Agents that sleep and ask, and ordinary programs with a random delay of their own
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
set -eu
STORY_END=2025-04-12T00:00:00Z
PACKAGES="busybox-static nodejs libwww-perl liblwp-protocol-https-perl ruby php-cli lua5.4 lua-socket lua-sec tcl tcl-tls socat ncat openssl python3-requests golang-go fusioninventory-agent certbot cron-apt apt python3-apscheduler snooze lftp rsync git subversion unison"
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/plan.sh"
tools=/.old$(dirname "$VT_ROOTS")

run_agent() { # HOST SECONDS STACK PERIOD_S JITTER FORM URL SEED
  local command
  case $3 in
    node) command="node $STORY/agent.js" ;;
    lwp) command="perl $STORY/agent.pl" ;;
    net-http) command="ruby $STORY/agent.rb" ;;
    php) command="php $STORY/agent.php" ;;
    luasocket) command="lua5.4 $STORY/agent.lua" ;;
    tcl) command="tclsh $STORY/agent.tcl" ;;
    *) command="python3 $STORY/agent.py $3" ;;
  esac
  # shellcheck disable=SC2086
  during "$1" "$2" $command "$4" "$5" "$6" "$7" "$8"
}
run_phoenix() { # HOST SECONDS FLAVOUR NAME SLEEP_S
  if [ "$3" = go ]; then during "$1" "$2" env GOMAXPROCS=1 "$tools/phoenixc2/$4"; else during "$1" "$2" python3 "$tools/phoenixc2/$4.py"; fi
}
run_fusion() { # HOST SECONDS NAME HOURS
  during "$1" "$2" fusioninventory-agent --daemon --no-fork --no-httpd --server="http://$3/inventory/$4" --delaytime=600 --no-task=inventory,deploy,collect,esx,netdiscovery,netinventory,wakeonlan
}
run_certbot() { # HOST SECONDS NAME SPEC COMMAND: a certificate that is to be renewed, and an authority that has no directory
  local home=/run/h/$1/letsencrypt part
  mkdir -p "$home/archive/box.invalid" "$home/live/box.invalid" "$home/renewal" "$home/work" "$home/log"
  for part in cert chain fullchain; do cp /run/box.pem "$home/archive/box.invalid/${part}1.pem"; done
  cp /run/box.key "$home/archive/box.invalid/privkey1.pem"
  printf 'version = 2.1.0\narchive_dir = %s/archive/box.invalid\n' "$home" >"$home/renewal/box.invalid.conf"
  for part in privkey cert chain fullchain; do
    ln -s "../../archive/box.invalid/${part}1.pem" "$home/live/box.invalid/$part.pem"
    echo "$part = $home/live/box.invalid/$part.pem" >>"$home/renewal/box.invalid.conf"
  done
  printf '[renewalparams]\nauthenticator = webroot\nserver = https://%s/directory\nwebroot_path = /tmp,\n[[webroot_map]]\nbox.invalid = /tmp\n' "$3" >>"$home/renewal/box.invalid.conf"
  run_cron "$1" "$2" "$4 $5 -q renew -m box@box.invalid --agree-tos --no-verify-ssl --config-dir $home --work-dir $home/work --logs-dir $home/log </dev/null >/dev/null 2>&1"
}
apt_conf() { # HOST NAME: on a host with a file system of its own
  local root=${ROOT[$1]}
  rm -rf "$root"/etc/apt/sources.list.d "$root"/etc/apt/apt.conf.d/*periodic* "$root"/etc/apt/apt.conf.d/*auto-upgrades* "$root"/var/lib/apt/lists
  mkdir -p "$root/var/lib/apt/lists/partial"
  rm -f "$root"/etc/apt/sources.list
  echo "deb [trusted=yes] http://$2/debian stable main" >"$root/etc/apt/sources.list"
}
run_cronapt() { # HOST SECONDS NAME SLEEP_S SPEC
  local root=${ROOT[$1]}
  apt_conf "$1" "$3"
  mkdir -p "$root/run/crontabs" "$root/etc/cron-apt/update.d"
  cp "$root/etc/cron-apt/action.d/0-update" "$root/etc/cron-apt/update.d/"
  printf 'RUNSLEEP=%s\nMAILON=never\nSYSLOGON=never\nACTIONCONFDIR=/etc/cron-apt/update.d\n' "$4" >"$root/etc/cron-apt/config"
  printf '%s cron-apt >/dev/null 2>&1\n' "$5" >"$root/run/crontabs/root"
  rm -rf "$root/etc/cron-apt/action.d/3-download"
  during "$1" "$2" busybox crond -f -c /run/crontabs -L /dev/null
}
run_aptcompat() { # HOST SECONDS NAME SLEEP_S SPEC
  local root=${ROOT[$1]}
  apt_conf "$1" "$3"
  mkdir -p "$root/run/crontabs"
  printf 'APT::Periodic::Update-Package-Lists "always";\nAPT::Periodic::RandomSleep "%s";\n' "$4" >"$root/etc/apt/apt.conf.d/10periodic"
  printf '%s /etc/cron.daily/apt-compat >/dev/null 2>&1\n' "$5" >"$root/run/crontabs/root"
  during "$1" "$2" busybox crond -f -c /run/crontabs -L /dev/null
}
run_apscheduler() { # HOST SECONDS NAME PERIOD_S JITTER_S
  during "$1" "$2" python3 "$STORY/job.py" "$4" "$5" "http://$3/"
}
run_recur() { # HOST SECONDS NAME DELAY_S JITTER_S
  during "$1" "$2" "$tools/venv-agents/bin/python3" "$tools/venv-agents/bin/recur" -c False -t -1 -m 100000 -d "$4" -j "0,$5" lftp -c "set net:timeout 20; set net:max-retries 1; cat http://$3/index.html"
}
run_snooze() { # HOST SECONDS NAME JITTER_S FIELDS
  during "$1" "$2" bash -c "set -f; while :; do snooze $5 -S0 -J $4 rsync -q --contimeout=20 rsync://$3/pub/ >/dev/null 2>&1; done"
}
command_of() { # HOST PROGRAM NAME: and what it needs
  local home=/run/h/$1
  mkdir -p "$home/work"
  case $2 in
    git-fetch)
      git init -q "$home/work"
      git -C "$home/work" remote add origin "git://$3/pub.git"
      words="git -C $home/work fetch -q origin"
      ;;
    svn-update)
      on "$1" svn checkout -q --non-interactive --config-dir "$home/svn" "svn://$3/pub" "$home/work"
      words="svn update -q --non-interactive --config-dir $home/svn $home/work"
      ;;
    rsync) words="rsync -aq --contimeout=20 rsync://$3/pub/ $home/work/" ;;
    unison) words="env UNISON=$home/unison unison $home/work socket://$3:5000//srv/unison -batch -silent" ;;
    lftp) words="lftp -c 'set net:timeout 20; set net:max-retries 1; cat http://$3/index.html'" ;;
  esac
}
run_splay_cron() { # HOST SECONDS PROGRAM NAME SPEC SPLAY_S
  local words
  command_of "$1" "$3" "$4"
  run_cron "$1" "$2" "$5 bash -c 'sleep \$((RANDOM % $6))'; $words >/dev/null 2>&1"
}
run_splay_loop() { # HOST SECONDS PROGRAM NAME BASE_S SPLAY_S
  local words
  command_of "$1" "$3" "$4"
  run_loop "$1" "$2" "\$(($5 + RANDOM % $6))" "$words"
}
run_plain_cron() { # HOST SECONDS PROGRAM NAME SPEC
  local words
  command_of "$1" "$3" "$4"
  run_cron "$1" "$2" "$5 $words >/dev/null 2>&1"
}

# the far end of all names: one host with every address of 198.19.160.0/22
far_end() {
  host far 203.0.113.90 127.0.0.1 far.servers.example - UTC -
  also_net far 198.19.160.0/22
  mkdir -p /srv/pub /srv/unison /srv/git
  openssl req -x509 -newkey rsa:2048 -nodes -keyout /run/box.key -out /run/box.pem -subj /CN=box.invalid -addext subjectAltName=DNS:box.invalid -days 3 2>/dev/null
  cat /run/box.key /run/box.pem >/run/far.pem
  cp /usr/share/common-licenses/BSD /srv/pub/
  cp /usr/share/common-licenses/BSD /srv/unison/
  git init -q --bare /srv/git/pub.git
  git init -q /srv/git/work
  cp /srv/pub/BSD /srv/git/work/
  (cd /srv/git/work && git add . && git -c user.name=n -c user.email=n@box.invalid commit -qm first && git push -q ../pub.git HEAD:main)
  git config --system --add safe.directory '*'
  svnadmin create /srv/svn
  svn import -q -m first /srv/pub file:///srv/svn/pub
  printf 'port = 873\nuse chroot = no\n[pub]\npath = /srv/pub\n' >/srv/rsyncd.conf
  up far python3 "$STORY/listener.py" /run/far.pem
  up far git daemon --reuseaddr --export-all --base-path=/srv/git
  up far svnserve -d --foreground -T -r /srv/svn
  up far rsync --daemon --no-detach --config=/srv/rsyncd.conf
  up far env UNISON=/srv/unison-archives unison -socket 5000
}

world_begin
far_end
wait_for "$start"
follow_plan &
world_run
"$tools/venv-agents/bin/python3" -m pip list 2>/dev/null | grep -iE '^recur-command ' | sed 's/  */ /; s/$/ (PyPI)/' >/out/tool-versions || true
echo "phoenixc2 1.1 (PyPI)" >>/out/tool-versions
world_end
cat /out/tool-versions >>/out/versions
