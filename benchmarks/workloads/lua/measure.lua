-- What benchmarks/harness is to the programs in C++: the command line, taking time, the line of JSON.

local billiard = require "billiard"

local measure = {}
local now <const> = billiard.now

local defaults <const> = {
  seconds = 0.3, workers = 2, bytes = 64, in_flight = 256, items = 100000, producers = 2,
  consumers = 2, processes = 2, rss_mb = 0,
}

-- The name of the workload, and the numbers by name.
function measure.arguments(words)
  local values = {}
  for name, value in pairs(defaults) do values[name] = value end
  for index = 2, #words do
    local name, text = words[index]:match "^%-%-([%w_]+)=(.+)$"
    local number = tonumber(text)
    if not name or not values[name] or not number then error(words[index] .. " is not known here", 0) end
    values[name] = math.tointeger(number) or number
  end
  return words[1], values
end

local function percentile(samples, part)
  table.sort(samples)
  return samples[math.floor((#samples - 1) * part + 0.5) + 1]
end

function measure.of_samples(samples)
  return {ns = percentile(samples, 0.5), p99_ns = percentile(samples, 0.99), items = #samples}
end

-- Calls run(items), as Throughput in measure.h.
function measure.throughput(seconds, run)
  local items = 100
  while true do
    local start = now()
    run(items)
    local took = now() - start
    if took >= seconds / 40 then break end
    items = math.max(items + 1, math.floor(items * math.min(10, seconds / 20 / (took + 1e-9))))
  end
  local costs, finish = {}, now() + seconds
  repeat
    local start = now()
    run(items)
    costs[#costs + 1] = (now() - start) * 1e9 / items
  until now() >= finish and #costs >= 3
  return {ns = percentile(costs, 0.5), items = items * #costs}
end

-- Calls run() for each item, as Latency in measure.h.
function measure.latency(seconds, run)
  local warm = now() + seconds / 10
  repeat run() until now() >= warm
  local samples, finish = {}, now() + seconds
  repeat
    local start = now()
    run()
    samples[#samples + 1] = (now() - start) * 1e9
  until now() >= finish and #samples >= 3
  return measure.of_samples(samples)
end

function measure.report(name, figures, variant)
  local p99 = figures.p99_ns and string.format(', "p99_ns": %.6g', figures.p99_ns) or ""
  print(string.format('{"name": "%s", "variant": "%s", "ns": %.6g%s, "items": %d}', name,
    variant or "", figures.ns, p99, figures.items))
end

return measure
