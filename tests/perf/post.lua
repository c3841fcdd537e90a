-- Durable POST of drafts, or of posts that are due at a time. Arguments: token, file with one "path account" per line, the
-- time if there is one. Every request has a key of its own.
local places, n, thread = {}, 0, 0
local counter = 0

function setup(t)
  t:set("thread", counter)
  counter = counter + 1
end

function init(args)
  wrk.headers["Authorization"] = "Bearer " .. args[1]
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(args[2]) do
    local path, account = line:match("(%S+) (%S+)")
    places[#places + 1] = {path = path, account = account}
  end
  schedule = args[3] and string.format(',"schedule":{"at":"%s"}', args[3]) or ""
  math.randomseed(os.time() + thread)
  salt = string.format("%08x%04x", math.random(0, 2 ^ 31 - 1), thread)
end

function request()
  n = n + 1
  local place = places[n % #places + 1]
  wrk.headers["Idempotency-Key"] = salt .. n
  return wrk.format("POST", place.path, nil,
    string.format('{"text":"A draft of the benchmark, number %d","targets":[{"account_id":"%s"}]%s}', n, place.account, schedule))
end

