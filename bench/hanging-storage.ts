import { sweepUploads } from '../lambdas/logs/sweep.ts'
import { newId } from '../lambdas/runtime/new-id.ts'
import { inTime } from '../lambdas/runtime/time-left.ts'
import { dueItems } from '../lambdas/sweeps/due-items.ts'
import { dueKinds } from '../lambdas/table/keys.ts'
import { wireApi } from '../test/support/api.ts'
import { openTable } from '../test/support/table.ts'
import { answered, jobEnded, minutes, opened, registersOf, seconds } from '../test/support/upload-facts.ts'
import { printTable } from './table.ts'

/**
 * The sweep of uploads with storage that hangs: waiting for storage must not delay the requests to docks to
 * stop at their `finishBy`. The clock advances by minutes; hanging calls take real time.
 */

/** Uploads whose archives must be checked in storage, and uploads that end in each minute. */
const hanging = 30
const ending = 10
/** Lambda's timeout for the function, in milliseconds. */
const timeoutMs = 50_000

export type MeasuredSweeps = { text: string; longest: number; notSent: number }

export const measureSweeps = async (runs: number, say: (text: string) => void): Promise<MeasuredSweeps> => {
  const { table } = openTable()
  const api = wireApi(table)
  const first = opened + minutes(30)
  const ok = registersOf(answered(seconds(1)), jobEnded(minutes(5), 'uploaded'))
  for (let n = 0; n < hanging; n++) await open(api, `HANGS${n}`, ok)
  for (let n = 0; n < runs * ending; n++)
    await open(api, `ENDS${n}`, registersOf(answered(seconds(1))), first + minutes(Math.floor(n / ending)))

  const rows: string[][] = []
  let [longest, notSent] = [0, 0]
  for (let run = 0; run < runs; run++) {
    api.clock.now = first + minutes(run)
    const { looked, cancels, lastCancel, took } = await sweep(api, table)
    rows.push([String(run + 1), String(looked), String(cancels), lastCancel.toFixed(2), took.toFixed(1)])
    longest = Math.max(longest, lastCancel)
    notSent += ending - cancels
    say(`  minute ${run + 1}: ${cancels} of ${ending} cancels after ${lastCancel.toFixed(2)} s`)
  }
  const head = [
    'minute',
    'looks into storage, none answered',
    `cancels of ${ending}`,
    'the last after, s',
    'the run, s',
  ]
  return { text: printTable(head, rows), longest, notSent }
}

type Api = ReturnType<typeof wireApi>

const open = async (
  api: Api,
  dockSn: string,
  facts: ReturnType<typeof registersOf>,
  finishBy?: number,
): Promise<void> => {
  const dock = await api.listedDock(dockSn)
  const id = newId(opened)
  const terms = {
    id,
    commandId: newId(opened),
    now: opened,
    requestedBy: 'bench',
    answerBy: opened + seconds(15),
    deadlineAt: opened + minutes(65),
    finishBy,
  }
  await api.open(dock, { ...terms, selections: [{ module: 'dock', bootIndexes: [1] }] }, undefined)
  await api.hot.record(dockSn, id, facts)
}

/** One run; seconds count from its beginning. */
const sweep = async (api: Api, table: Parameters<typeof dueItems>[0]) => {
  const began = performance.now()
  const since = () => (performance.now() - began) / 1_000
  let [looked, cancels, lastCancel] = [0, 0, 0]
  const run = sweepUploads({
    ...api,
    due: dueItems(table, dueKinds.upload),
    get: api.uploads.get,
    archives: {
      ...api.archives,
      find: () => {
        looked += 1
        return new Promise<never>(() => {})
      },
    },
    publish: async () => {
      cancels += 1
      lastCancel = since()
    },
  })
  await inTime({ getRemainingTimeInMillis: () => timeoutMs }, run)
  return { looked, cancels, lastCancel, took: since() }
}
