import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import { timeLeft } from '../runtime/time-left.ts'
import { advanceRun } from './engine.ts'
import type { EngineNeeds } from './engine-needs.ts'
import type { RunAddress } from './run-store.ts'

/** Runs that one look carries on at most: those whose time is over, and those whose turn it is. */
const mostAtOnce = 200
/** A run takes a second or so; what is left is the next look's. */
const reserveMs = 3_000

/**
 * Gives turns that are free to those who wait, in their order, and ends those whose time is over: they began to
 * wait first. Resolves to whether anybody waited. Safe to repeat: a turn is taken under a condition.
 */
export const serveTurns = async (use: EngineNeeds, collectionId: string): Promise<boolean> => {
  const now = use.now()
  let looked = 0
  for await (const address of use.turns.waiting(collectionId)) {
    if (looked >= mostAtOnce || timeLeft() < reserveMs) return true
    const run = await use.runs.get(address)
    if (run?.phase !== 'waiting' || run.waitingFor !== 'turn') continue
    looked += 1
    const collection = await use.collections.get(collectionId)
    const isOver = !collection?.enabled || now >= run.finishBy
    const holders = await use.turns.holders(collectionId)
    if (!isOver && holders.size >= collection.atOnce) return true
    await advanceApart(use, address)
  }
  return looked > 0
}

/**
 * Whoever took a turn and died then left a run that still waits among the others, or none: it is carried on, or the
 * turn is given back. Only the clock does it. Safe to repeat.
 */
export const takeOverTurns = async (use: EngineNeeds, collectionId: string): Promise<void> => {
  for (const runId of await use.turns.holders(collectionId)) {
    const address = { collectionId, runId }
    const run = await use.runs.get(address)
    if (!run || run.phase === 'ended') await use.turns.giveBack(address)
    else if (run.phase === 'waiting') await advanceApart(use, address)
  }
}

/** One that fails keeps no other from its turn: it waits on, and the next look tries it again. */
const advanceApart = async (use: EngineNeeds, address: RunAddress): Promise<void> => {
  try {
    await advanceRun(use, address)
  } catch (error) {
    log('sweepFailed', { sweep: 'serve-turns', ...address, ...errorFields(error) })
  }
}
