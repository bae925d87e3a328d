-- Arguments: a word that no earlier run had, the password. Each request is a new member.
dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

local threads, count, run, password = 0, 0, "", ""

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(arguments)
  run, password = arguments[1], arguments[2]
end

function request()
  count = count + 1
  local email = string.format("%s-%d-%d@example.com", run, number, count)
  local body = string.format('{"email":"%s","password":"%s","name":"Kim Min-jun"}', email, password)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end
