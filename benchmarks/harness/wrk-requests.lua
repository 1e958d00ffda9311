-- Sends the requests of a file in turn, and at the end prints wrk's counts as a line of JSON. NUL separates what is sent at
-- once: a request, or several that are pipelined.

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  local payloads = {}
  for payload in file:read('*a'):gmatch('%Z+') do
    payloads[#payloads + 1] = payload
  end
  file:close()
  if #payloads == 1 then
    -- Without a request() here, wrk formats its one request once and calls no Lua while it measures.
    wrk.format = function() return payloads[1] end
    return
  end
  local at = 0
  request = function()
    at = at % #payloads + 1
    return payloads[at]
  end
end

function done(summary, latency)
  print(string.format(
    '{"requests":%d,"bytes":%.0f,"micros":%d,"p50Micros":%d,"p99Micros":%d,"p999Micros":%d}',
    summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)
  ))
end
