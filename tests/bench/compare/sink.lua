-- What the sink itself takes: posts with a key each.
local n = 0

function init()
  wrk.headers["Authorization"] = "Bearer sandbox-peer"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  n = n + 1
  wrk.headers["Idempotency-Key"] = string.format("00000000-0000-4000-8000-%012x", n)
  return wrk.format("POST", nil, nil, '{"text":"A post of the comparison","scheduled_for":"2026-01-01T00:00:00.000Z"}')
end
