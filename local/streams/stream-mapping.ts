import type { Clock } from '../clock.ts'
import type { Shard, Stream } from '../dynamodb/stream-access.ts'
import type { StreamRecord } from '../dynamodb/streams.ts'
import { nextStep, type Outcome, outcomeOfError, outcomeOfResponse } from './batch-outcome.ts'
import { fitting, type Handed, handed, letter } from './handed-records.ts'

export type StreamMappingSettings = {
  batchSize: number
  /** How long a batch may wait to fill. */
  windowSeconds: number
  /** Older records are discarded. */
  maximumAgeSeconds: number | undefined
  /** Undefined: retries until the records are too old. */
  retries: number | undefined
  /** Whether a batch that fails is halved. */
  bisects: boolean
  /** Whether the function's response says where it failed. */
  reportsFailures: boolean
}

export type StreamMappingNeeds = {
  stream: Stream
  functionArn: string
  invoke: (event: unknown) => Promise<unknown>
  /** Sends the message about discarded records to the failure destination. */
  giveUp: (letter: object) => void
  checkpoint: (shard: Shard) => Promise<string | undefined>
  keepCheckpoint: (shard: Shard, after: string) => Promise<void>
  clock: Clock
  region: string
  /** A fixed wait instead of the exponential backoff. */
  retryAfterSeconds?: number | undefined
}

/** One second, doubled each time; Lambda's own backoff is not documented. */
const retryMs = (failures: number): number => Math.min(60_000, 1000 * 2 ** failures)

const readAgainMs = 1000

/**
 * Reads one shard for a function, batch after batch. A batch begins only when the one before it is done or
 * discarded, so a failing batch blocks the shard.
 */
export const readShard = (shard: Shard, settings: StreamMappingSettings, needs: StreamMappingNeeds) => {
  const { stream, clock } = needs
  let stopped = false
  let after: string | undefined
  let begun = false
  /** Whether there may be unread records. */
  let isDirty = true
  let running: Promise<void> | undefined
  let isWaiting = false
  let isHurried = false
  let wake = (): void => {}
  let closeWindow = (): void => {}
  let onPause: (() => void)[] = []

  const paused = (): void => {
    for (const resolve of onPause.splice(0)) resolve()
  }
  const elapsed = async (ms: number, onEnd: (end: () => void) => void): Promise<void> => {
    const over = Promise.withResolvers<void>()
    const end = (): void => {
      isWaiting = false
      over.resolve()
    }
    const cancel = clock.after(ms, end)
    onEnd(end)
    await over.promise
    cancel()
  }
  const wait = async (ms: number): Promise<void> => {
    if (stopped) return
    isWaiting = true
    paused()
    await elapsed(ms, (end) => {
      wake = end
    })
  }

  const advance = async (to: string | undefined): Promise<void> => {
    if (to === undefined || stopped) return
    await needs.keepCheckpoint(shard, to)
    after = to
  }
  const begin = async (): Promise<void> => {
    after = await needs.checkpoint(shard)
    begun = true
  }

  const isTooOld = ({ at }: StreamRecord): boolean =>
    settings.maximumAgeSeconds !== undefined && at < clock.now() - settings.maximumAgeSeconds * 1000

  const giveUp = async (
    batch: readonly Handed[],
    condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded',
    failures: number,
  ): Promise<void> => {
    const records = batch.map(({ record }) => record)
    if (stopped) return
    needs.giveUp(letter(records, shard, condition, failures, needs))
    await advance(records.at(-1)?.sequenceNumber)
  }
  const invoke = (batch: readonly Handed[]): Promise<Outcome> =>
    needs
      .invoke({ Records: batch.map(({ shown }) => shown) })
      .then((response) =>
        settings.reportsFailures
          ? outcomeOfResponse(
              response,
              batch.map(({ record }) => record.sequenceNumber),
            )
          : 'done',
      )
      .catch(outcomeOfError)

  const process = async (batch: readonly Handed[], failures = 0): Promise<void> => {
    const young = batch.findIndex(({ record }) => !isTooOld(record))
    const old = young < 0 ? batch.length : young
    if (old > 0) await giveUp(batch.slice(0, old), 'RecordAgeExceeded', failures)
    const rest = batch.slice(old)
    if (rest.length === 0 || stopped) return
    const outcome = await invoke(rest)
    if (outcome === 'done') return advance(rest.at(-1)?.record.sequenceNumber)
    if (stopped) return
    await goOn(rest, outcome, failures)
  }
  const goOn = async (
    batch: readonly Handed[],
    outcome: Exclude<Outcome, 'done'>,
    failures: number,
  ): Promise<void> => {
    const from = typeof outcome === 'object' ? outcome.from : 0
    if (from > 0) await advance(batch[from - 1]?.record.sequenceNumber)
    const left = batch.slice(from)
    // The record that now comes first has not failed that often.
    const before = from > 0 ? 0 : failures
    const next = nextStep(outcome, { size: left.length, failures: before }, settings)
    if (next === 'giveUp') return giveUp(left, 'RetryAttemptsExhausted', before + 1)
    if (next === 'split') {
      const middle = Math.ceil(left.length / 2)
      await process(left.slice(0, middle), before)
      return process(left.slice(middle), before)
    }
    await wait(needs.retryAfterSeconds === undefined ? retryMs(before) : needs.retryAfterSeconds * 1000)
    return process(left, outcome === 'notInvoked' ? before : before + 1)
  }

  const nextBatch = async (): Promise<readonly StreamRecord[]> => {
    const records = await stream.read(shard, after, settings.batchSize)
    const isFull = records.length === settings.batchSize
    if (records.length === 0 || isFull || settings.windowSeconds === 0 || isHurried) return records
    await elapsed(settings.windowSeconds * 1000, (end) => {
      closeWindow = end
    })
    return stream.read(shard, after, settings.batchSize)
  }

  const readAll = async (): Promise<void> => {
    if (!begun) await begin()
    while (!stopped) {
      isDirty = false
      const records = await nextBatch()
      if (records.length === 0 && !isDirty) return
      const batch = fitting(records.map((record) => handed(record, shard, needs)))
      await process(batch)
      await advance(batch.at(-1)?.record.sequenceNumber)
    }
  }
  const retryLater = async (error: unknown): Promise<void> => {
    if (stopped) return
    console.error(`The stream ${stream.arn} could not be read`, error)
    isDirty = true
    await wait(readAgainMs)
  }
  const run = (): void => {
    if (stopped || running) return
    running = readAll()
      .catch(retryLater)
      .finally(() => {
        running = undefined
        if (isDirty) run()
        else paused()
      })
  }
  const atRest = (): boolean => stopped || isWaiting || (!running && !isDirty)

  return {
    /** Notes that there may be more to read. */
    mark: (): void => {
      isDirty = true
    },
    run,
    atRest,
    /** Reads now; resolves when nothing is left, or only retries that wait. */
    rest: async (): Promise<void> => {
      isHurried = true
      if (isDirty) run()
      closeWindow()
      while (!atRest()) {
        const { promise, resolve } = Promise.withResolvers<void>()
        onPause.push(resolve)
        await promise
      }
      isHurried = false
    },
    stop: (): void => {
      stopped = true
      wake()
      closeWindow()
      paused()
      onPause = []
    },
  }
}
