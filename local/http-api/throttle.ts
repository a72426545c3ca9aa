/**
 * The stage's token bucket: `burst` requests at once, refilled at `ratePerSecond`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export const createThrottle = (
  { ratePerSecond, burst }: { ratePerSecond: number; burst: number },
  now: () => number,
) => {
  let tokens = burst
  let at = now()
  /** Takes a token for one request; false if there is none. */
  return (): boolean => {
    tokens = Math.min(burst, tokens + ((now() - at) / 1000) * ratePerSecond)
    at = now()
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}
