/**
 * How CloudWatch finds the state of an alarm that wants all of its evaluation periods to breach, after the
 * tables and the paragraph on premature transitions in its guide.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
export type AlarmRule = {
  breaches: (value: number) => boolean
  evaluationPeriods: number
  treatMissingData: string
}

/**
 * CloudWatch looks back further than the evaluation periods, to find enough; how much further is told by
 * example only.
 */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2

/** `points`: the evaluation range, the newest first; undefined where there is no data. */
export const alarmState = (points: readonly (number | undefined)[], rule: AlarmRule): AlarmState => {
  const { evaluationPeriods, treatMissingData, breaches } = rule
  const real = points.flatMap((value, age) => (value === undefined ? [] : [{ age, bad: breaches(value) }]))
  const newest = real.slice(0, evaluationPeriods)
  const missing = evaluationPeriods - newest.length
  const bad = newest.filter((point) => point.bad).length
  if (missing === 0) return bad === evaluationPeriods ? 'ALARM' : 'OK'
  if (treatMissingData === 'breaching') return bad + missing === evaluationPeriods ? 'ALARM' : 'OK'
  if (treatMissingData !== 'missing') return 'OK'
  const [oldest] = real.slice(-1)
  if (!oldest) return 'INSUFFICIENT_DATA'
  // "Premature": nothing but faults for as long as the alarm asks for, with gaps in between.
  return real.every((point) => point.bad) && oldest.age + 1 >= evaluationPeriods ? 'ALARM' : 'OK'
}
