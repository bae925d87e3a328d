-- Arguments: a file of access tokens. Each request carries the next token.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

local requests, next_one = {}, 0

function init(arguments)
  for token in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { Authorization = "Bearer " .. token })
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
