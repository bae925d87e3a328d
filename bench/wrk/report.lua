-- What every scenario ends with: one line for the driver.
function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    "bench requests=%d micros=%d p50=%d p99=%d refused=%d broken=%d",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
