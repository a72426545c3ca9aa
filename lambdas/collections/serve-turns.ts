import { timeLeft } from '../runtime/time-left.ts'
import { advanceRun } from './engine.ts'
import type { EngineNeeds } from './engine-needs.ts'

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
    await advanceRun(use, address)
  }
  return looked > 0
}
