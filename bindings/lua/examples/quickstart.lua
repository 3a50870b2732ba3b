local billiard = require "billiard"

billiard.task("square", function(n) return n * n end)

local pool <close> = assert(billiard.pool {workers = 2})
local jobs, sum = {}, 0
for n = 1, 10 do jobs[n] = assert(pool:apply_async("square", n)) end
for n = 1, 10 do sum = sum + assert(jobs[n]:get()) end
print(sum) -- 385
