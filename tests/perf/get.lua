-- GET of posts that are in memory. Arguments: token, file with one path per line.
local paths, token, n = {}, nil, 0

function init(args)
  token = args[1]
  for line in io.lines(args[2]) do paths[#paths + 1] = line end
  wrk.headers["Authorization"] = "Bearer " .. token
end

function request()
  n = n + 1
  return wrk.format("GET", paths[n % #paths + 1])
end
