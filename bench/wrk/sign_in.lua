-- Arguments: a file of e-mail addresses, the password they share. Whoever is told to come back later
-- (503) does so a second later, as a client does.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

local requests, next_one, later = {}, 0, 0

function init(arguments)
  for email in io.lines(arguments[1]) do
    local body = string.format('{"email":"%s","password":"%s"}', email, arguments[2])
    requests[#requests + 1] = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function response(status)
  if status == 503 then later = later + 1 end
end

function delay()
  if later == 0 then return 0 end
  later = later - 1
  return 1000
end
