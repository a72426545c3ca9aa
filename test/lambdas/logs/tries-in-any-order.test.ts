import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { verifyArchives } from '../../../lambdas/logs/archives/verify.ts'
import { recordProgress } from '../../../lambdas/logs/record-progress.ts'
import { recordReplies } from '../../../lambdas/logs/record-replies.ts'
import { batchOf, objectCreated, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { rounds } from '../../support/rounds.ts'
import { openSeries } from '../../support/tries.ts'
import { answered, minutes, opened, seconds } from '../../support/upload-facts.ts'

/** A dock that fell silent and is tried again, and then reports on both uploads. */
describe('late reports on one try and reports on the next', () => {
  /** Two tries, the first given up and the second begun, and all that dock and storage say from then on. */
  const twoTries = async () => {
    const series = await openSeries({ retries: 2 })
    const { api, dockSn, first, at } = series
    const tick = async (ms: number) => {
      at(ms)
      await api.sweep()
      await api.continueUploads()
    }
    await series.tell(first, answered(seconds(1)))
    await tick(minutes(65))
    await tick(minutes(66))
    const second = await series.newest()
    at(minutes(66) + seconds(10))
    const isIn = {
      replies: recordReplies(api),
      progress: recordProgress({ ...api, acknowledge: undefined }),
      archives: verifyArchives(api),
    }
    const later = minutes(66) + seconds(1)
    const said = (id: string, status: string, percent: number, ms: number) => async () => {
      const { archives } = await series.view(id)
      const files = archives.map(({ module, objectKey }) => ({
        module: module === 'aircraft' ? '0' : '3',
        key: objectKey,
        size: 400,
        progress: { current_step: 3, total_step: 3, progress: percent, status, result: 0 },
      }))
      const payload = progressPayload(id, files)
      await take(isIn.progress, queued({ dockSn, payload, receivedAt: opened + later + ms }))
    }
    const came = (id: string, n: number) => async () => {
      const { archives } = await series.view(id)
      for (const { objectKey: key } of archives)
        await take(
          isIn.archives,
          objectCreated({ key, size: 400, etag: 'x-2', sequencer: `0A${n}`, at: opened + later + n }),
        )
    }
    const commandId = JSON.parse(api.sent.at(-1)?.payload ?? '{}').tid
    const events = [
      () =>
        take(
          isIn.replies,
          queued({ dockSn, payload: replyPayload(commandId, { result: 0 }), receivedAt: opened + later }),
        ),
      said(second.id, 'file_uploading', 10, 100),
      said(first, 'file_uploading', 90, 150),
      said(first, 'ok', 100, 200),
      came(first, 210),
      said(second.id, 'ok', 100, 300),
      came(second.id, 310),
      () => tick(minutes(66) + seconds(10)),
    ]
    return { ...series, second: second.id, events }
  }
  const endOfSecond = 5
  const take = async (
    handler: (event: ReturnType<typeof batchOf>) => Promise<unknown[]>,
    record: SQSRecord,
  ) => assert.deepEqual(await handler(batchOf(record)), [])

  it('each correct their own try; the slot is not taken back, and no third try begins', async () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(order, async (indexes) => {
        const { first, second, events, slot, view, uploads, history } = await twoTries()
        let hasEnded = false
        for (const index of indexes) {
          await events[index]?.()
          hasEnded ||= index === endOfSecond
          assert.equal(await slot(), hasEnded ? undefined : second)
        }
        assert.deepEqual([(await view(first)).state, (await view(second)).state], ['verified', 'verified'])
        assert.deepEqual([await slot(), await uploads()], [undefined, 2])
        const { retriedBy, latestTry } = await view(first)
        assert.deepEqual([retriedBy, latestTry, (await view(second)).retryOf], [second, second, first])
        assert.deepEqual((await history(first)).slice(1), [`groundcrew retry ${second}`])
      }),
      rounds(30),
    )
  })
})
