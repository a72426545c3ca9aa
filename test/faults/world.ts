import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { startDevices } from './devices-at-work.ts'
import { startDocks } from './docks-at-work.ts'
import type { Ground } from './ground.ts'
import { violations } from './invariant.ts'
import { archivesOf } from './spoken.ts'
import { watchEnds } from './watch.ts'

/** Docks and devices at work on a backend, whose every word is kept. `t` ends them; see `takingPart` for `turn`. */
export const openWorld = async (t: TestContext, ground: Ground, turn: number) => {
  const { stack, clock, pass, say, heard } = ground
  const wrongBy = { ms: 0 }
  const setting = { now: () => clock.now() + wrongBy.ms, pass }
  const docks = await startDocks(t, stack, setting, turn)
  const devices = await startDevices(t, stack, setting, turn)
  await Promise.all(devices.map((device) => device.open()))
  const dockSns = docks.map(({ dockSn }) => dockSn)
  const seen = watchEnds(stack, dockSns)
  const isBusy = async () => docks.some((dock) => dock.isBusy())
  return {
    stack,
    docks,
    devices,
    pass,
    say,
    /** How many messages the broker has taken of this world. */
    said: (): number => heard.filter(({ source }) => dockSns.includes(source)).length,
    /** Waits until a dock has told this end of an archive. */
    untilSaid: (objectKey: string, status: string) =>
      stack.until(
        async () =>
          heard
            .flatMap(archivesOf)
            .some(({ key, progress }) => key === objectKey && progress.status === status),
        (is) => is,
      ),
    /** Sets the clocks of docks and devices off by so much. */
    stepClocks: (ms: number): void => {
      wrongBy.ms = ms
    },
    /**
     * Everybody does what they do, as far as the backend lets them begin; answers the statuses of the starts.
     */
    work: async (): Promise<number[]> => {
      const began = Promise.all(docks.map((dock) => dock.tryToBegin()))
      await Promise.all(devices.map((device) => device.work()))
      return began
    },
    /** How often the broker broke off a dock's connection. */
    refusals: (): number => docks.reduce((sum, dock) => sum + dock.losses(), 0),
    look: seen.look,
    /** The fault is over: what could not begin begins, and everybody goes on to the end of what they do. */
    settle: async (): Promise<void> => {
      for (const dock of docks) await dock.begin()
      await stack.until(isBusy, (busy) => !busy)
      await seen.look()
    },
    /**
     * No dock is held by a job that has ended. The last messages must have come again, and no deadline be
     * over.
     */
    startAnew: async (): Promise<void> => {
      const answers = await Promise.all(docks.map((dock) => dock.startAnew()))
      assert.deepEqual([...new Set(answers)], [202])
    },
    /** Every deadline is over: fails with what must not be. */
    conclude: async (): Promise<void> => {
      await Promise.all([...docks, ...devices].map((one) => one.close()))
      const found = await violations({
        stack,
        seen,
        spoken: heard,
        docks: dockSns,
        devices: devices.map(({ deviceId, attempts }) => ({ deviceId, attempts: attempts() })),
      })
      assert.deepEqual(found, [])
    },
  }
}
export type World = Awaited<ReturnType<typeof openWorld>>
