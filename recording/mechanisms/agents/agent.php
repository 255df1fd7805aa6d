<?php
// agent.php PERIOD_S JITTER FORM URL SEED: asks by PHP's http and https streams, sleeps, and so on. FORM: see agent.py.
[, $period, $jitter, $form, $url, $seed] = $argv;
mt_srand((int) $seed);
function ask($url, $body = null) {
    $how = ["timeout" => 20, "ignore_errors" => true];
    if ($body !== null) $how += ["method" => "POST", "header" => "Content-Type: text/plain", "content" => $body];
    return (string) @file_get_contents($url, false, stream_context_create(["http" => $how, "ssl" => ["verify_peer" => false, "verify_peer_name" => false]]));
}
while (true) {
    if (preg_match('/^send (\d+)/', ask($url), $task)) ask($url, str_repeat("x", (int) $task[1]));
    $low = $period * (1 - $jitter);
    $high = $form === "around" ? $period * (1 + $jitter) : $period;
    $pause = (int) (1e6 * ($low + mt_rand() / mt_getrandmax() * ($high - $low)));
    sleep(intdiv($pause, 1000000));
    usleep($pause % 1000000);
}
