-- agent.lua PERIOD_S JITTER FORM URL SEED: asks by LuaSocket (and LuaSec), sleeps, and so on. FORM: see agent.py.
local socket = require("socket")
local period, jitter, form, url = tonumber(arg[1]), tonumber(arg[2]), arg[3], arg[4]
local client = require(url:match("^https") and "ssl.https" or "socket.http")
client.TIMEOUT = 20
math.randomseed(tonumber(arg[5]))
while true do
  local answer, status = client.request(url)
  if not answer then print(status) end
  local size = answer and answer:match("^send (%d+)")
  if size then client.request(url, string.rep("x", tonumber(size))) end
  local low, high = period * (1 - jitter), form == "around" and period * (1 + jitter) or period
  socket.sleep(low + math.random() * (high - low))
end
