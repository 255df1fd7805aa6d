#!/usr/bin/tclsh
# agent.tcl PERIOD_S JITTER FORM URL SEED: asks by Tcl's http package (and tls), sleeps, and so on. FORM: see agent.py.
package require http
package require tls
lassign $argv period jitter form url seed
http::register https 443 [list tls::socket -autoservername true]
expr {srand($seed + 1)}
proc ask {url args} {
    set text ""
    if {[catch {
        set token [http::geturl $url -timeout 20000 -keepalive 0 {*}$args]
        set text [http::data $token]
        http::cleanup $token
    } error]} { puts $error }
    return $text
}
while 1 {
    if {[regexp {^send (\d+)} [ask $url] all size]} { ask $url -query [string repeat x $size] }
    set low [expr {$period * (1 - $jitter)}]
    set high [expr {$form eq "around" ? $period * (1 + $jitter) : $period}]
    # not `after MS` alone, which wakes twice a second
    after [expr {int(1000 * ($low + rand() * ($high - $low)))}] {set awake 1}
    vwait awake
}
