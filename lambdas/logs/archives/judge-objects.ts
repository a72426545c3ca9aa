import { type Module, modules } from '../../../protocols/dji-remote-log/facts.ts'
import type { Table } from '../../table/client.ts'
import type { Registers, StoredObject } from '../registers.ts'
import { judgementOf, type Strength, strengths } from './counted-object.ts'
import { isLookedUp } from './object-order.ts'
import { storedObjects } from './stored-objects.ts'

/**
 * Which of several objects under a key is the dock's. The earliest is in a register, and mostly that is the
 * one. Where it is not what the dock says, or was only looked up, the one that is gets a register of its own,
 * `Pinned`. Whoever writes an object or an end judges with its write, whoever writes another word of the dock after
 * it, so the last of them sees all there is: the outcome does not depend on who comes first.
 */

/** What is to be pinned where these registers are known, as facts; none where all is clear, which costs no read. */
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
  // What was looked up is all that we know of it: the event of what overwrites it must not take its place.
  if (isLookedUp(first)) return !known && ofFirst.strength > strengths.none ? ofFirst : undefined
  if (!isDoubtful || isSole) return undefined
  const others = await storedObjects(table).of({ dockSn, uploadId, module })
  const found = others.map((object) => ({ object, strength: strengthOf(object) }))
  // The rows are sorted by age, and sorting keeps that among equals.
  const [surest] = found.toSorted((one, other) => other.strength - one.strength)
  const sure = Math.max(ofFirst.strength, known && isLookedUp(known) ? strengthOf(known) : strengths.none)
  return surest && surest.strength > sure ? surest : undefined
}

/**
 * Pinned for an `ok`: one that is told for the archive itself goes before one for the whole job, what the further
 * report says where size and MD5 are from one, the surer match before the less sure, and the earlier before the later.
 */
const pinned = (registers: Registers, module: Module, { object, strength }: Found): StoredObject => {
  const own = registers[`${module}Ok`]
  const said = own ? `1${own.order}` : `0${registers.jobOk?.order ?? ''}`
  const progress = registers[`${module}Progress`]
  const word = progress?.step === 'uploading' ? `${said}${progress.order}` : said
  return { ...object, order: `${word}${strength} ${object.order}` }
}
