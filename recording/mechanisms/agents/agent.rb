#!/usr/bin/ruby
# agent.rb PERIOD_S JITTER FORM URL SEED: asks by net/http, sleeps, and so on. FORM: see agent.py.
require "net/http"
require "openssl"
period, jitter, form, url, seed = ARGV
period, jitter, url = period.to_f, jitter.to_f, URI(url)
random = Random.new(seed.to_i)
loop do
  begin
    Net::HTTP.start(url.host, url.port, use_ssl: url.scheme == "https", verify_mode: OpenSSL::SSL::VERIFY_NONE, open_timeout: 20, read_timeout: 20) do |client|
      answer = client.get("/").body
      client.post("/", "x" * $1.to_i) if answer =~ /\Asend (\d+)/
    end
  rescue StandardError => error
    puts error
  end
  low, high = period * (1 - jitter), form == "around" ? period * (1 + jitter) : period
  sleep low + random.rand * (high - low)
end
