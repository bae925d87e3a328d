-- Arguments: a file of refresh tokens, one for each thread. Run with as many threads as connections:
-- each then has a session of its own and shows the token that its last answer brought.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

local threads, token = 0, nil

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(arguments)
  local line = 0
  for one in io.lines(arguments[1]) do
    line = line + 1
    if line == number then token = one end
  end
end

function request()
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, '{"refreshToken":"' .. token .. '"}')
end

function response(status, _, body)
  local new = body:match('"refreshToken":"([^"]+)"')
  if status == 200 and new and new ~= token then
    token = new
  else
    print("bench stopped: an answer of status " .. status .. " brought no new token")
    wrk.thread:stop()
  end
end
