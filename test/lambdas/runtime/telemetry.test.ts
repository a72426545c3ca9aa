import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import * as z from 'zod'

/** CloudWatch's embedded metric format, as far as it decides what is charged for. */
const Line = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({
        Namespace: z.literal('Groundcrew'),
        Dimensions: z.tuple([z.array(z.string())]),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
      }),
    ]),
  }),
})

/**
 * The lines that a function would log: counted in a process of its own, since this one is told to be quiet.
 */
const linesOf = (statements: string) => {
  const telemetry = join(import.meta.dirname, '../../../lambdas/runtime/telemetry.ts')
  const script = `const { count, countBy, countDropped, timeReply, flushCounts } = await import('${telemetry}'); const of = { dockSn: 'D', messageIds: ['m'] }; ${statements}; flushCounts()`
  const { POWERTOOLS_METRICS_DISABLED: _quiet, ...env } = process.env
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' })
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const values = Line.parse(JSON.parse(line))
      const [{ Dimensions, Metrics }] = values._aws.CloudWatchMetrics
      const value = (name: string) => [name, values[name]] as const
      return {
        dimensions: Object.fromEntries(Dimensions[0].map(value)),
        metrics: Object.fromEntries(Metrics.map(({ Name }) => value(Name))),
      }
    })
}

suite('What is counted', () => {
  test('has the service as its only dimension, in one line an invocation', () =>
    assert.deepEqual(linesOf("count('UploadsStarted'); count('RejectedMessages', 3); timeReply(250)"), [
      {
        dimensions: { service: 'groundcrew' },
        metrics: { UploadsStarted: 1, RejectedMessages: 3, CommandReplyTime: 250 },
      },
    ]))

  test('has another only if it is counted by one', () =>
    assert.deepEqual(
      linesOf("count('UploadsStarted'); countBy('UploadsFailed', 'reason', 'timedOut')").toSorted((a, b) =>
        JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
      ),
      [
        { dimensions: { service: 'groundcrew', reason: 'timedOut' }, metrics: { UploadsFailed: 1 } },
        { dimensions: { service: 'groundcrew' }, metrics: { UploadsStarted: 1 } },
      ].toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    ))

  test('is nothing for a count of 0, for a reply before its command, and for an id without a time', () =>
    assert.deepEqual(
      linesOf(
        "count('UploadsStarted', 0); countDropped(of, []); countDropped(of); timeReply(-1); timeReply(NaN)",
      ),
      [],
    ))

  test('has the fields that were left out of messages', () =>
    assert.deepEqual(linesOf("countDropped(of, ['a.b', 'a.c'])"), [
      { dimensions: { service: 'groundcrew' }, metrics: { DroppedFields: 2 } },
    ]))
})
