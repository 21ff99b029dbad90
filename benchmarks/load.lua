-- wrk's script for all benchmarks: posts lines of a file one after the other, or asks for the address as it is.
-- A line is: path, tab, cookies, tab, body. Threads share the lines out; a thread that has none left starts over.
local threads = {}

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

function init(arguments)
   lines, at, refused = {}, 0, 0
   if arguments[1] then
      local count = 0
      for line in io.lines(arguments[1]) do
         if count % 2 == number then
            local path, cookies, body = line:match("([^\t]*)\t([^\t]*)\t(.*)")
            table.insert(lines, { path, cookies, body })
         end
         count = count + 1
      end
   end
end

function request()
   if #lines == 0 then
      return wrk.format("GET")
   end
   at = at % #lines + 1
   local line = lines[at]
   local headers = { ["Content-Type"] = "application/x-www-form-urlencoded", ["Cookie"] = line[2] }
   headers["Host"] = wrk.headers["Host"]
   return wrk.format("POST", line[1], headers, line[3])
end

function response(status)
   if status >= 400 then
      refused = refused + 1
   end
end

function done(summary, latency)
   local count = 0
   for _, thread in ipairs(threads) do
      count = count + thread:get("refused")
   end
   local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   io.write(string.format('{"requests": %d, "micros": %d, "errors": %d, "refused": %d, "p50": %d, "p99": %d}\n',
      summary.requests, summary.duration, errors, count, latency:percentile(50), latency:percentile(99)))
end
