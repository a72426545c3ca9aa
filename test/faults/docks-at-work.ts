import type { TestContext } from 'node:test'
import * as z from 'zod'
import { page } from '../../lambdas/http/shapes.ts'
import { RejectedMessage } from '../../lambdas/rejected/shapes.ts'
import type { Faults } from '../../simulator/dock/faults.ts'
import { allLogs, type UploadView } from '../support/operator.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import type { Local } from '../support/story.ts'
import { takingPart } from './seeds.ts'

/** Docks that each do something different, and the operator who has them do it, however often it takes. */

/**
 * One that brings everything, one that says all of it twice and in disorder, one without its aircraft, one
 * that goes silent.
 */
const characters: readonly [Faults, ...Faults[]] = [
  {},
  { duplicates: true, reorder: true, earlyTwin: true },
  { aircraftOff: true },
  { stuck: true },
]

const Begun = z.object({ id: z.string() })
const open = ['requested', 'accepted', 'uploading']

export type Setting = {
  /** The time that docks and devices believe it is. */
  now: () => number
  /** Lets so much time pass in the backend, in milliseconds. */
  pass: (ms: number) => Promise<void>
}

const startOne = async (t: TestContext, stack: Local, faults: Faults, { now, pass }: Setting) => {
  const dock = await simulatedDock(t, stack, { now })
  await dock.list()
  await dock.device.setFaults(faults)
  const heard = { start: false, busy: false, losses: 0 }
  const { events } = dock.device
  events.on('command', ({ method, result }) => {
    if (method === 'fileupload_start' && result === 0) Object.assign(heard, { start: true, busy: true })
  })
  events.on('idle', () => {
    heard.busy = false
  })
  events.on('offline', () => {
    heard.losses += 1
  })
  events.on('progress', ({ files }) => {
    if (faults.stuck && files.some(({ status }) => status === 'file_uploading')) heard.busy = false
  })
  let begun: string | undefined
  const isOver = async (id: string) => !open.includes((await dock.upload(id)).state)
  /** Asks for an upload, with the same key until one is begun. */
  const ask = async (): Promise<number> => {
    const { status, body } = await dock.tryStart(allLogs, { 'idempotency-key': dock.dockSn })
    if (status === 202) begun = Begun.parse(body).id
    return status
  }
  return {
    dockSn: dock.dockSn,
    close: dock.device.close,
    read: dock.dock,
    isBusy: () => heard.busy,
    /** How often the broker broke off the connection. */
    losses: () => heard.losses,
    /** The upload that was begun. */
    newest: (): Promise<UploadView> => dock.upload(begun ?? ''),
    /**
     * A dock whose upload has ended takes the next, long before the first one's time is up; answers what came
     * of it.
     */
    startAnew: async (): Promise<number> => {
      if (!begun || !(await isOver(begun))) return 202
      const { status, body } = await dock.tryStart([{ module: 'dock', bootIndexes: [1] }])
      if (status === 202) await dock.uploadUntil(Begun.parse(body).id, ({ state }) => !open.includes(state))
      return status
    },
    /** What it sent that made no sense. */
    rejected: async () =>
      page(RejectedMessage).parse(
        await stack.must('GET', `/v1/rejected-messages?source=${dock.dockSn}&limit=200`),
      ).items,
    /** Asks once, if no upload has begun yet; answers the status. */
    tryToBegin: async (): Promise<number> => (begun ? 202 : ask()),
    /**
     * Asks until an upload has begun of which the dock has heard, or which has ended. The backend has to be
     * well.
     */
    begin: async (): Promise<void> => {
      for (let tries = 0; !begun; tries += 1) {
        const status = await ask()
        if (status === 202) break
        if (tries > 5 || ![409, 503].includes(status))
          throw new Error(`${dock.dockSn} cannot begin: ${status}`)
        // What a fault left half done holds the dock until its command is out of date.
        await pass(16_000)
      }
      await stack.until(
        async () => heard.start || (begun !== undefined && (await isOver(begun))),
        (is) => is,
      )
    },
  }
}
export type DockAtWork = Awaited<ReturnType<typeof startOne>>

/** Registered docks that have listed their logs, those of the turn. */
export const startDocks = (
  t: TestContext,
  stack: Local,
  setting: Setting,
  turn: number,
): Promise<DockAtWork[]> =>
  Promise.all(takingPart(characters, turn).map((faults) => startOne(t, stack, faults, setting)))
