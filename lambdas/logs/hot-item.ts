import * as z from 'zod/mini'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { dueKinds } from '../table/keys.ts'
import { Registers } from './registers.ts'
import type { UploadTerms } from './state.ts'

/**
 * The hot item of an upload, `UPLOAD#{id}#state`: its registers, and the attributes that the indexes project.
 * `hot-upload.ts` writes it.
 */

const FollowUpBudget = z.object({
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
  sequel: z.optional(FollowUpBudget),
  state: z.string(),
  dueKind: z.optional(z.string()),
  checkAt: z.optional(z.number()),
  overwritten: z.optional(z.array(z.enum(['aircraft', 'dock']))),
  rev: z.number(),
  ...Registers.shape,
})

/**
 * `rev` counts the writes of registers. `indexed` is the index entry; `follows` in it: a follow-up upload is
 * due.
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
 * The upload after a write that returned only what it wrote; undefined if another writer has written since
 * `known`. A concurrent update of the index entry alone is not seen; it was due by time, and is repeated.
 */
export const afterWrite = (known: HotUpload, answer: unknown): HotUpload | undefined => {
  const { rev, ...written } = Written.parse(answer)
  if (rev !== known.rev + 1) return undefined
  return { ...known, rev, registers: { ...known.registers, ...written } }
}
