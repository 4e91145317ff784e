-- Run by bench/accuracy/wrk.ts: wrk's figures as a last line of JSON. It counts in microseconds.
done = function(summary, latency)
  local errors = summary.errors
  local function ms(value) return string.format("%.6f", value / 1000) end
  io.write(string.format(
    '\n{"p50":%s,"p95":%s,"p99":%s,"p99.9":%s,"mean":%s,"requests":%d,"rate":%.3f,"status":%d,"connection":%d,"other":%d}\n',
    ms(latency:percentile(50)), ms(latency:percentile(95)), ms(latency:percentile(99)), ms(latency:percentile(99.9)),
    ms(latency.mean), summary.requests, summary.requests / (summary.duration / 1e6),
    errors.status, errors.read + errors.write + errors.connect, errors.timeout))
end
