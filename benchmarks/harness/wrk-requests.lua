-- The requests that the benchmark wrote to a file, in turn; and at the end what wrk has counted, as a line of JSON.
-- In the file, one NUL stands between what is sent at once: a request, or several that are pipelined.

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  local payloads = {}
  for payload in file:read('*a'):gmatch('%Z+') do
    payloads[#payloads + 1] = payload
  end
  file:close()
  if #payloads == 1 then
    -- Without a request() of ours, wrk makes its one request once, and calls no Lua while it measures.
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
