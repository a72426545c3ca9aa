const unitMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/**
 * `rate(1 minute)` in milliseconds. @throws Error for anything else, cron expressions too.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html
 */
export const rateMs = (expression: string): number => {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN)
  if (!(ms > 0)) throw new Error(`schedule ${expression} is not emulated locally`)
  return ms
}
