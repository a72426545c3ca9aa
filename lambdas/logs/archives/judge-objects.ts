import { type Module, modules } from '../../../protocols/dji-remote-log/facts.ts'
import type { Table } from '../../table/client.ts'
import type { Registers, StoredObject } from '../registers.ts'
import { judgementOf, type Strength, strengths } from './counted-object.ts'
import { isLookedUp } from './object-order.ts'
import { storedObjects } from './stored-objects.ts'

/**
 * Decides which of several objects under a key is the dock's. Usually it is the earliest, which has a
 * register. If that one does not match the dock's report, or was only found by a request, the matching object
 * gets the register `Pinned`. Writers of objects and ends decide in the same write, writers of other reports
 * right after theirs. So the last writer sees everything, and the outcome does not depend on the order.
 */

/** The objects to pin, given these registers, as facts. Reads nothing if there is no doubt. */
export const pinsOf = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  registers: Registers,
): Promise<Registers> => {
  const pins = await Promise.all(
    modules.map(async (module) => {
      const found = await objectToPin(table, dockSn, uploadId, registers, module)
      return found ? [[`${module}Pinned`, pinned(registers, module, found)]] : []
    }),
  )
  return Object.fromEntries(pins.flat())
}

type Found = { object: StoredObject; strength: Strength }

const objectToPin = async (
  table: Table,
  dockSn: string,
  uploadId: string,
  registers: Registers,
  module: Module,
): Promise<Found | undefined> => {
  const judgement = judgementOf(registers, module)
  if (!judgement) return undefined
  const { first, pinned: known, strengthOf, isDoubtful, isSole } = judgement
  const ofFirst = { object: first, strength: strengthOf(first) }
  // An object found by a request has no event of its own: the event of an object that overwrites it must not
  // take its place.
  if (isLookedUp(first)) return !known && ofFirst.strength > strengths.none ? ofFirst : undefined
  if (!isDoubtful || isSole) return undefined
  const others = await storedObjects(table).of({ dockSn, uploadId, module })
  const found = others.map((object) => ({ object, strength: strengthOf(object) }))
  // The rows are sorted by age, and the sort is stable.
  const [surest] = found.toSorted((one, other) => other.strength - one.strength)
  const sure = Math.max(ofFirst.strength, known && isLookedUp(known) ? strengthOf(known) : strengths.none)
  return surest && surest.strength > sure ? surest : undefined
}

/**
 * The fact of a pinned object. Its order has four levels: an `ok` for the archive itself goes before one for
 * the whole job; then the further report, if size and MD5 come from a progress report; then the better match;
 * then the earlier object.
 */
const pinned = (registers: Registers, module: Module, { object, strength }: Found): StoredObject => {
  const own = registers[`${module}Ok`]
  const ok = own ? `1${own.order}` : `0${registers.jobOk?.order ?? ''}`
  const progress = registers[`${module}Progress`]
  const basis = progress?.step === 'uploading' ? `${ok}${progress.order}` : ok
  return { ...object, order: `${basis}${strength} ${object.order}` }
}
