import * as z from 'zod/mini'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { dueKinds } from '../table/keys.ts'
import { Registers } from './registers.ts'
import type { UploadTerms } from './state.ts'

/**
 * The hot item of an upload, `UPLOAD#{id}#state`: its registers, and what the indexes need to know of them.
 * Facts are written blind, without reading first: one write unit for a report that comes in order.
 */

const Sequel = z.object({
  retriesLeft: z.number(),
  retriesUsed: z.number(),
  halvingsLeft: z.number(),
  partsLeft: z.number(),
  logs: z.array(z.number()),
})

const Item = z.object({
  fleet: z.string(),
  modules: z.array(z.enum(['aircraft', 'dock'])),
  createdAt: z.number(),
  answerBy: z.number(),
  deadlineAt: z.number(),
  finishBy: z.optional(z.number()),
  sequel: z.optional(Sequel),
  state: z.string(),
  dueKind: z.optional(z.string()),
  checkAt: z.optional(z.number()),
  overwritten: z.optional(z.array(z.enum(['aircraft', 'dock']))),
  rev: z.number(),
  ...Registers.shape,
})

/**
 * `rev` counts the writes of registers; `indexed` is its index entry, `follows` that another upload is due.
 */
export type HotUpload = {
  terms: UploadTerms
  fleet: string
  registers: Registers
  rev: number
  indexed: { state: string; checkAt?: number | undefined; follows?: true; overwritten?: readonly Module[] }
}

export const readHotUpload = (item: unknown): HotUpload => {
  const { fleet, modules, createdAt, answerBy, deadlineAt, finishBy, sequel, ...more } = Item.parse(item)
  const { state, checkAt, dueKind, overwritten, rev, ...registers } = more
  return {
    terms: { modules, createdAt, answerBy, deadlineAt, finishBy, sequel },
    fleet,
    registers,
    rev,
    indexed: {
      state,
      checkAt,
      ...(dueKind === dueKinds.followUp ? { follows: true } : {}),
      ...(overwritten ? { overwritten } : {}),
    },
  }
}

const Written = z.object({ rev: z.number(), ...Registers.shape })

/**
 * An upload after a write that answered with what it wrote; undefined where another has written since it was
 * `known`. What another may have projected meanwhile was due by time, and what is due is projected anew.
 */
export const afterWrite = (known: HotUpload, answer: unknown): HotUpload | undefined => {
  const { rev, ...written } = Written.parse(answer)
  if (rev !== known.rev + 1) return undefined
  return { ...known, rev, registers: { ...known.registers, ...written } }
}
