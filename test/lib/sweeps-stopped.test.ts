import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { schedules } from '../../lambdas/triggers.ts'
import { type AlarmState, alarmState, evaluationRange } from '../support/alarm-state.ts'
import { stacksOf, textOf } from './stacks.ts'

/** The alarm of the sweeps, minute by minute, as CloudWatch would evaluate what is in the template. */

const Alarm = z.looseObject({
  AlarmName: z.string(),
  ComparisonOperator: z.literal('LessThanThreshold'),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  TreatMissingData: z.string(),
  Metrics: z.array(
    z.looseObject({
      Expression: z.unknown().optional(),
      MetricStat: z.looseObject({ Period: z.number() }).optional(),
    }),
  ),
})

const [backend] = stacksOf()
const resources = Object.values(backend?.Resources ?? {})
const alarm = resources
  .filter(
    ({ Type, Properties }) =>
      Type === 'AWS::CloudWatch::Alarm' && Properties.AlarmName === 'Groundcrew-SweepsStopped',
  )
  .map(({ Properties }) => Alarm.parse(Properties))[0]
assert.ok(alarm && alarm.DatapointsToAlarm === undefined)
const expression = alarm.Metrics.flatMap(({ Expression }) =>
  Expression === undefined ? [] : [textOf(Expression)],
)[0]
const periods = alarm.Metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])
const minutes = (periods[0] ?? Number.NaN) / 60
const filled = expression?.includes('FILL(') ?? false

/** When a sweep is started: once in each minute from one on, until it is stopped. */
type Sweep = { from: number; until?: number }

/** The sweeps of each rule of the clock, as the template has them: a metric counts all that its rule starts. */
const ruleSizes = resources
  .filter(
    ({ Type, Properties }) => Type === 'AWS::Events::Rule' && Properties.ScheduleExpression !== undefined,
  )
  .map(({ Properties }) => z.array(z.unknown()).parse(Properties.Targets).length)
const sweepCount = ruleSizes.reduce((sum, size) => sum + size, 0)

const startsIn = ({ from, until = Number.POSITIVE_INFINITY }: Sweep, begin: number, end: number): number =>
  Math.max(0, Math.min(end, until) - Math.max(begin, from))

const byRule = <Of>(sweeps: readonly Of[]): Of[][] => {
  const left = [...sweeps]
  return ruleSizes.map((size) => left.splice(0, size))
}

/**
 * `strict`: a sum has no value where one of its metrics has none; the documentation leaves open which of the
 * two it is.
 */
const sumOf = (sweeps: readonly Sweep[], begin: number, end: number, strict: boolean): number | undefined => {
  const starts = byRule(sweeps).map((rule) =>
    rule.reduce((sum, sweep) => sum + startsIn(sweep, begin, end), 0),
  )
  const silent = starts.filter((count) => count === 0).length
  if (!filled && (silent === starts.length || (strict && silent > 0))) return undefined
  return starts.reduce((sum, count) => sum + count, 0)
}

/** The state at each minute from `from` on. */
const states = (sweeps: readonly Sweep[], from: number, until: number, strict: boolean): AlarmState[] =>
  Array.from({ length: until - from }, (_, n) => {
    const now = from + n
    const points = Array.from({ length: evaluationRange(alarm.EvaluationPeriods) }, (_, age) =>
      sumOf(sweeps, now - (age + 1) * minutes, now - age * minutes, strict),
    )
    return alarmState(points, {
      breaches: (value) => value < alarm.Threshold,
      evaluationPeriods: alarm.EvaluationPeriods,
      treatMissingData: alarm.TreatMissingData,
    })
  })

const running = Array.from({ length: sweepCount }, (): Sweep => ({ from: -1_000 }))

/** Whatever is stopped: any one sweep, those of a rule, or all. */
const all = [...running.keys()]
const halts = [...all.map((n) => [n]), ...byRule(all), all]

for (const strict of [false, true])
  suite(`SweepsStopped, where a sum ${strict ? 'needs all its metrics' : 'takes what there is'}`, () => {
    test('covers every schedule rule, which together start every sweep', () => {
      assert.equal(periods.length, ruleSizes.length)
      assert.equal(sweepCount, Object.keys(schedules).length)
    })

    test('is not raised in the first minutes after the first deployment, in whatever order its rules start', () => {
      for (const late of [0, 1, 2, 3, 4, 5])
        for (let lateOnes = 1; lateOnes < running.length; lateOnes++) {
          const sweeps = running.map((_, n): Sweep => ({ from: n < lateOnes ? late : 0 }))
          const seen = states(sweeps, -5, 60, strict)
          assert.ok(!seen.includes('ALARM'), `${lateOnes} sweeps ${late} minutes late: ${seen}`)
          assert.equal(seen.at(-1), 'OK')
        }
    })

    test('is not raised while all sweeps run', () =>
      assert.deepEqual([...new Set(states(running, 0, 60, strict))], ['OK']))

    test('is raised within 25 minutes when one sweep stops, when those of a rule do, and when all do', () => {
      for (const stopped of halts) {
        const sweeps = running.map(
          (sweep, n): Sweep => (stopped.includes(n) ? { ...sweep, until: 0 } : sweep),
        )
        const seen = states(sweeps, 0, 60, strict)
        const calls = seen.findIndex((state) => state !== 'OK')
        assert.ok(calls > 0 && calls <= 25, `${stopped} stopped: ${seen}`)
        assert.notEqual(seen.at(-1), 'OK')
      }
    })
  })

test('An alarm’s state is found as in the tables of CloudWatch’s guide', () => {
  // Three of three, at five minutes; the newest point is the last.
  const table: [string, AlarmState, AlarmState, AlarmState][] = [
    ['0 - X - X', 'OK', 'OK', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'ALARM', 'OK'],
  ]
  for (const [row, ...expected] of table) {
    const points = row
      .split(' ')
      .map((point) => (point === '-' ? undefined : point === 'X' ? 1 : 0))
      .reverse()
    const found = ['missing', 'breaching', 'notBreaching'].map((treatMissingData) =>
      alarmState(points, { breaches: (value) => value > 0, evaluationPeriods: 3, treatMissingData }),
    )
    assert.deepEqual(found, expected, row)
  }
})
