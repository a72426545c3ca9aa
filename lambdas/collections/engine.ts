import { beginUpload } from '../logs/begin.ts'
import { askForListing } from '../logs/listings/ask.ts'
import { planUpload } from '../logs/plan.ts'
import { OwnError } from '../runtime/own-error.ts'
import { systemNames } from '../runtime/system-names.ts'
import { type At, type EngineNeeds, holderOf } from './engine-needs.ts'
import { gather } from './gather.ts'
import { type Effect, type Facts, nextStep } from './rules/transitions.ts'
import type { Run } from './run.ts'
import type { RunAddress } from './run-store.ts'
import { causeOf } from './view.ts'

/**
 * Advances a run as far as it can get now: reads the current facts, looks up the next step in the table of
 * transitions, does it, and writes the result. Idempotent, and can be interrupted anywhere: the id of a
 * command is written before the command is sent, and each step finds what the one before did. If two run
 * concurrently, the later write is refused, and reads again.
 */

/** A run takes far fewer steps, even if other writers change it. */
const maxSteps = 60

class Endless extends OwnError {
  override readonly name = 'Endless'
}

export const advanceRun = async (use: EngineNeeds, address: RunAddress): Promise<Run | undefined> => {
  let done: Facts['done'] = {}
  for (let steps = 0; steps < maxSteps; steps += 1) {
    const run = await use.runs.get(address)
    if (!run || run.phase === 'ended') return run
    const [collection, dock] = await Promise.all([
      use.collections.get(address.collectionId),
      use.docks.find(run.dockSn, 'all'),
    ])
    const facts = { ...(await gather(use, { run, collection, dock })), done }
    const step = nextStep(run, facts)
    if (step === 'none') return run
    if ('do' in step) {
      done = { ...done, ...(await perform(use, step.do, { run, collection, dock })) }
      continue
    }
    done = {}
    if (step.write.phase === 'waiting' && step.write.waitingFor === 'turn')
      await use.turns.mark(address.collectionId, use.now())
    const isWritten = await use.runs.put(step.write)
    if (isWritten && !step.again) return step.write
  }
  throw new Endless(`the run ${address.runId} of ${address.collectionId} does not settle`)
}

const perform = async (use: EngineNeeds, effect: Effect, at: At): Promise<Facts['done']> => {
  const { run, collection, dock } = at
  const address = { collectionId: run.collectionId, runId: run.id }
  switch (effect) {
    case 'takeTurn':
      return { turn: (await use.turns.take(address, collection?.atOnce ?? 1)) ? 'taken' : 'full' }
    case 'openPower':
      return { opened: await use.power.open(run.dockSn, holderOf(run), run.finishBy) }
    case 'renewPower':
      await use.power.renew(run.dockSn, holderOf(run), run.finishBy)
      return { renewed: true }
    case 'ask':
      return { asked: await ask(use, at) }
    case 'begin':
      return { begun: await begin(use, at) }
    case 'releaseDock':
      // Another upload may be using the aircraft: it stays on until that ends, or until the lease ends.
      if (run.phase !== 'waiting' || dock?.activeUpload === undefined)
        await use.power.release(run.dockSn, holderOf(run))
      // A closing run keeps its turn until the dock is as it was before.
      if (run.phase === 'waiting') await use.turns.giveBack(address)
      return { released: true }
    case 'freeRow':
      await use.turns.giveBack(address)
      await use.runs.rows.free(run.dockSn, run.collectionId, run.id, use.now())
      return { freed: true }
  }
}

const ask = async (use: EngineNeeds, { run, dock }: At): Promise<'asked' | 'notSent'> => {
  if (!dock || !run.listing) return 'notSent'
  const { id } = run.listing
  const { modules } = run.logs
  const request = { id, modules, requestedBy: systemNames.us }
  return (await askForListing(use, dock, request)).outcome === 'asked' ? 'asked' : 'notSent'
}

const begin = async (
  use: EngineNeeds,
  { run, collection, dock }: At,
): Promise<NonNullable<Facts['done']['begun']>> => {
  const { uploadId: id, picked: selections = [], finishBy, retries } = run
  if (!dock || id === undefined) return 'unfit'
  const note = collection?.name
  const request = { selections, finishBy, requestedBy: systemNames.us, note, retries, cause: causeOf(run) }
  const planned = await planUpload(use, run.dockSn, request, use.now())
  if (planned.outcome === 'unfit') return 'unfit'
  if (planned.outcome === 'tooLong')
    return {
      tooLong: planned.part.map(({ module, bootIndexes }) => ({ module, bootIndexes: [...bootIndexes] })),
    }
  const begun = await beginUpload(use, dock, { ...planned.upload, id })
  return begun.outcome === 'busy' ? 'busy' : 'begun'
}
