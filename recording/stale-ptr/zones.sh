# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# The zones and the three authoritative BIND servers. Sourced by story.sh.

forward_zones() {
  local names
  mapfile -t names < <(awk -F'\t' '!/^#/ && $3 ~ /\.example$/ { n = $3; sub(/^[^.]*\./, "", n); print n }' "$STORY/hosts.tsv" | grep -v '^root-ns' | sort -u)
  printf '%s\n' "${names[@]}" hotel-brand.example other-hotel.example mail-clients.example invites-app.example lake-hotel.example park-hotel.example \
    regional-news.example bookshop.example city-library.example rail-tickets.example software-lists.example insurance.example
}

# header NAME SERIAL NS ADMIN
header() {
  printf '$TTL 3600\n$ORIGIN %s.\n@ IN SOA %s. hostmaster.%s. %s 7200 3600 1209600 900\n@ IN NS %s.\n' "$1" "$3" "$4" "$2" "$3"
}

# forward_records ZONE: what stands in a zone besides SOA and NS
forward_records() {
  local zone=$1 name address fqdn number
  while IFS=$'\t' read -r name address fqdn _; do
    [ "${fqdn#*.}" = "$zone" ] && printf '%s IN A %s\n' "${fqdn%%.*}" "$address"
  done < <(grep -v '^#' "$STORY/hosts.tsv")
  case $zone in
    hotel-brand.example)
      printf 'mail1 %s IN A 198.51.100.25\n@ IN MX 10 incoming.crm-vendor.example.\nmail1 IN MX 10 incoming.crm-vendor.example.\n' "$A_TTL"
      printf 'mail1 IN TXT "v=spf1 ip4:203.0.113.192/26 mx ~all"\n' ;;
    other-hotel.example)
      printf 'mail2 %s IN A 198.51.100.26\n@ IN MX 10 incoming.crm-vendor.example.\nmail2 IN MX 10 incoming.crm-vendor.example.\n' "$A_TTL"
      printf 'mail2 IN TXT "v=spf1 ip4:203.0.113.192/26 mx ~all"\n' ;;
    lake-hotel.example | park-hotel.example)
      number=3
      [ "$zone" = lake-hotel.example ] || number=4
      printf 'mail%s %s IN A 198.51.100.2%s\n@ IN MX 10 incoming.crm-vendor.example.\nmail%s IN MX 10 incoming.crm-vendor.example.\n' "$number" "$A_TTL" "$((number + 4))" "$number"
      printf 'mail%s IN TXT "v=spf1 ip4:203.0.113.192/26 mx ~all"\n' "$number" ;;
    invites-app.example)
      printf '@ IN MX 10 incoming.crm-vendor.example.\n@ IN TXT "v=spf1 ip4:198.51.100.25 -all"\nout1 IN A 198.51.100.25\n' ;;
    crm-vendor.example) printf 'incoming IN A 198.51.100.20\n' ;;
    regional-news.example) other smtp1 11 ;;
    bookshop.example) other out 12 ;;
    city-library.example) other mail 13 ;;
    rail-tickets.example) other relay 14 ;;
    software-lists.example) other mta3 15 ;;
    insurance.example) other post 16 ;;
    northbank.example) mx mx1 ;;
    lakeside-clinic.example) mx mx1 ;;
    cardpay.example) mx mx1 ;;
    tradeschool.example) mx mail ;;
    archive-society.example) mx mx1 ;;
  esac
}
mx() { printf '@ IN MX 10 %s\n' "$1"; }
other() { printf '%s IN A 203.0.113.%s\n@ IN MX 10 mta.mail-host.example.\n@ IN TXT "v=spf1 ip4:203.0.113.%s -all"\n' "$1" "$2" "$2"; }

write_forward_zone() { # ZONE SERIAL
  { header "$1" "$2" ns1.dns-host.example dns-host.example; forward_records "$1"; } >"/run/h/fwd/$1.zone"
}

write_root_zones() { # SERIAL: delegations of every zone that is in the forward server's list
  local zone
  {
    header . "$1" a.root-ns.example root-ns.example | sed 's/^\$ORIGIN .*/$ORIGIN ./'
    printf 'example. 172800 IN NS a.root-ns.example.\nin-addr.arpa. 172800 IN NS a.root-ns.example.\na.root-ns.example. 172800 IN A 198.18.0.1\n'
  } >/run/h/root/root.zone
  {
    header example "$1" a.root-ns.example root-ns.example
    printf 'a.root-ns 172800 IN A 198.18.0.1\nns1.dns-host 172800 IN A 198.18.0.53\n'
    while read -r zone; do printf '%s. %s IN NS ns1.dns-host.example.\n' "$zone" "$([ "$zone" = hotel-brand.example ] && echo 3600 || echo 172800)"; done <"/run/h/fwd/zones"
  } >/run/h/root/example.zone
  {
    header in-addr.arpa "$1" a.root-ns.example root-ns.example
    printf '%s IN NS ns1.address-host.example.\n' 2.0.192 100.51.198 113.0.203 18.198
  } >/run/h/root/in-addr.zone
}

write_reverse_zones() { # SERIAL PTR_OF_25
  local zone prefix name address fqdn
  for zone in 2.0.192 100.51.198 113.0.203 18.198; do
    case $zone in 2.0.192) prefix=192.0.2. ;; 100.51.198) prefix=198.51.100. ;; 113.0.203) prefix=203.0.113. ;; *) prefix=198.18.0. ;; esac
    {
      header "$zone.in-addr.arpa" "$1" ns1.address-host.example address-host.example | sed "s/^\\\$TTL.*/\$TTL $PTR_TTL/"
      while IFS=$'\t' read -r name address fqdn _; do
        [ "${address%.*}." = "$prefix" ] || continue
        if [ "$zone" = 18.198 ]; then printf '%s.0 IN PTR %s.\n' "${address##*.}" "$fqdn"; else printf '%s IN PTR %s.\n' "${address##*.}" "$fqdn"; fi
      done < <(grep -v '^#' "$STORY/hosts.tsv")
      case $zone in
        100.51.198) printf '25 IN PTR %s.\n26 IN PTR %s.\n20 IN PTR incoming.crm-vendor.example.\n' "$2" "$SIBLING"
          printf '%s IN PTR %s.\n' 27 mail3.lake-hotel.example 28 mail4.park-hotel.example ;;
        113.0.203) printf '%s IN PTR %s.\n' 11 smtp1.regional-news.example 12 out.bookshop.example 13 mail.city-library.example \
          14 relay.rail-tickets.example 15 mta3.software-lists.example 16 post.insurance.example ;;
      esac
    } >"/run/h/rev/$zone.zone"
  done
}

# auth NAME STAMP ZONE=FILE...: configuration of an authoritative BIND with its query log; STAMP is BIND's print-time word
auth() {
  local name=$1 stamp=$2 pair
  shift 2
  {
    printf 'options { directory "/run/h/%s"; pid-file "/run/h/%s/named.pid"; session-keyfile "/run/h/%s/session.key"; listen-on { any; }; listen-on-v6 { none; };\n' "$name" "$name" "$name"
    printf '  recursion no; allow-query { any; }; dnssec-validation no; empty-zones-enable no; querylog yes; notify no; };\ncontrols { };\n'
    printf 'logging { channel q { file "/out/log/%s/query.log"; print-time %s; }; channel g { file "/out/log/%s/named.log"; print-time yes; print-category yes; print-severity yes; };\n' "$name" "$stamp" "$name"
    printf '  category default { g; }; category queries { q; }; };\n'
    for pair; do printf 'zone "%s" { type primary; file "%s"; };\n' "${pair%%=*}" "${pair#*=}"; done
  } >"/run/h/$name/named.conf"
}

forward_conf() {
  local zone pairs=()
  while read -r zone; do pairs+=("$zone=$zone.zone"); done </run/h/fwd/zones
  auth fwd yes "${pairs[@]}"
}

name_servers() {
  local zone
  forward_zones >/run/h/fwd/zones
  while read -r zone; do write_forward_zone "$zone" 2025030301; done </run/h/fwd/zones
  write_root_zones 2025030301
  write_reverse_zones 2025030301 "$SUBJECT"
  forward_conf
  auth root iso8601 .=root.zone example=example.zone in-addr.arpa=in-addr.zone
  auth rev iso8601-utc {2.0.192,100.51.198,113.0.203,18.198}.in-addr.arpa=
  sed -i -E 's/zone "([0-9.]+)\.in-addr\.arpa" \{ type primary; file "";/zone "\1.in-addr.arpa" { type primary; file "\1.zone";/' /run/h/rev/named.conf
  for name in root fwd rev; do up "$name" named -4 -n 1 -f -c "/run/h/$name/named.conf"; done
}

reload() { kill -HUP "$(cat "/run/h/$1/named.pid")"; }

delete_zone() { # the operator of the name service drops the zone; its delegation goes with it
  sed -i '/^hotel-brand\.example$/d' /run/h/fwd/zones
  forward_conf
  write_root_zones 2025031101
  reload fwd
  reload root
}

add_paired() {
  printf '\nhotel1 %s IN A 198.51.100.25\n' "$A_TTL" >/run/h/paired
  { header mail-clients.example 2025031301 ns1.dns-host.example dns-host.example; cat /run/h/paired; } >/run/h/fwd/mail-clients.example.zone
  reload fwd
}

change_ptr() {
  write_reverse_zones 2025031302 "$PAIRED"
  reload rev
}
