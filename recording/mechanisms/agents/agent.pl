#!/usr/bin/perl
# agent.pl PERIOD_S JITTER FORM URL SEED: asks by libwww-perl, sleeps, and so on. FORM: see agent.py.
use strict;
use warnings;
use LWP::UserAgent;
my ($period, $jitter, $form, $url, $seed) = @ARGV;
srand($seed);
my $client = LWP::UserAgent->new(timeout => 20, ssl_opts => {verify_hostname => 0, SSL_verify_mode => 0});
while (1) {
    my $answer = $client->get($url);
    print $answer->status_line, "\n" unless $answer->is_success;
    $client->post($url, Content => "x" x $1) if $answer->is_success && $answer->decoded_content =~ /^send (\d+)/;
    my ($low, $high) = ($period * (1 - $jitter), $form eq "around" ? $period * (1 + $jitter) : $period);
    select(undef, undef, undef, $low + rand(1) * ($high - $low));
}
