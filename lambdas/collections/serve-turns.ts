import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import { timeLeft } from '../runtime/time-left.ts'
import { advanceRun } from './engine.ts'
import type { EngineNeeds } from './engine-needs.ts'
import type { RunAddress } from './run-store.ts'

/** The most runs that one check advances: those whose time is over, and those that get a turn. */
const maxAtOnce = 200
/** A run takes a second or so; the next check takes the rest. */
const reserveMs = 3_000

/**
 * Gives free turns to waiting runs, in their order, and ends those whose time is over: these began to wait
 * first. Resolves to whether any run waited. Idempotent: a turn is taken with a conditional write.
 */
export const serveTurns = async (use: EngineNeeds, collectionId: string): Promise<boolean> => {
  const now = use.now()
  let checked = 0
  for await (const address of use.turns.waiting(collectionId)) {
    if (checked >= maxAtOnce || timeLeft() < reserveMs) return true
    const run = await use.runs.get(address)
    if (run?.phase !== 'waiting' || run.waitingFor !== 'turn') continue
    checked += 1
    const collection = await use.collections.get(collectionId)
    const isOver = !collection?.enabled || now >= run.finishBy
    const holders = await use.turns.holders(collectionId)
    if (!isOver && holders.size >= collection.atOnce) return true
    await tryAdvance(use, address)
  }
  return checked > 0
}

/**
 * A function that was interrupted after taking a turn leaves a waiting run that holds it, or no run at all:
 * the run is advanced, or the turn is given back. Only the sweep does this. Idempotent.
 */
export const takeOverTurns = async (use: EngineNeeds, collectionId: string): Promise<void> => {
  for (const runId of await use.turns.holders(collectionId)) {
    const address = { collectionId, runId }
    const run = await use.runs.get(address)
    if (!run || run.phase === 'ended') await use.turns.giveBack(address)
    else if (run.phase === 'waiting') await tryAdvance(use, address)
  }
}

/**
 * A run that fails does not keep others from their turn: it goes on waiting, and the next check tries it
 * again.
 */
const tryAdvance = async (use: EngineNeeds, address: RunAddress): Promise<void> => {
  try {
    await advanceRun(use, address)
  } catch (error) {
    log('sweepFailed', { sweep: 'serve-turns', ...address, ...errorFields(error) })
  }
}
