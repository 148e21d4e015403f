-- SPDX-License-Identifier: Apache-2.0
-- wrk script: posts order events of 150 bytes. First argument: records a request (1 = the single route).
local bodies, turn = {}, 0
local COUNT = 512

local function event(id)
  return string.format('{"id":%d,"customer":"c%05d","kind":"order_placed","amount":%d.25,"at":"2026-01-01T00:00:%02dZ","note":"some words here"}',
    1000000 + id, id % 99991, id % 1000, id % 60)
end

function init(arguments)
  local records = tonumber(arguments[1] or "1")
  local path = arguments[2] or "/ingest/bench/events"
  local count = records == 1 and COUNT or 16
  for number = 1, count do
    local body
    if records == 1 then
      body = '{"data":' .. event(number) .. '}'
    else
      local parts = {}
      for place = 1, records do parts[place] = event(number * records + place) end
      body = '[' .. table.concat(parts, ',') .. ']'
    end
    bodies[number] = wrk.format("POST", records == 1 and path or path .. "/batch", {["Content-Type"] = "application/json"}, body)
  end
end

function request()
  turn = turn % #bodies + 1
  return bodies[turn]
end
