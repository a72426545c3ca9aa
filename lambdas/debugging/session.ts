import * as z from 'zod/mini'

/**
 * A dock's debug mode as we opened it, and what is still to be undone: pk `DOCK#{dockSn}`, sk `DEBUG`. Only
 * the newest session is kept; all times epoch ms.
 */

/** The longest lease from now on; a holder that needs more renews it. */
export const maxLeaseMs = 2 * 3_600_000

export const phases = ['opening', 'waking', 'on', 'sleeping', 'leaving', 'stuck', 'off'] as const
export type Phase = (typeof phases)[number]

/** The command of a phase: an id for each time that it was sent, which the dock's reply names. */
const Sent = z.object({
  ids: z.array(z.string()),
  /** The id that the dock's reports may name. */
  processId: z.string(),
  firstAt: z.number(),
  lastAt: z.number(),
  /** When the dock accepted the command; a slow command may still fail. */
  answeredAt: z.optional(z.number()),
  /** The code of the dock's last refusal. */
  refusal: z.optional(z.number()),
})
export type Sent = z.infer<typeof Sent>

export const failureReasons = ['refused', 'failed', 'noAnswer', 'notInTime'] as const

/** Why the aircraft could not be switched on. */
const Failure = z.object({
  step: z.enum(['open', 'wake']),
  reason: z.enum(failureReasons),
  code: z.optional(z.number()),
  at: z.number(),
})
export type Failure = z.infer<typeof Failure>

export const Session = z.object({
  phase: z.enum(phases),
  /** When it entered this phase. */
  since: z.number(),
  /** A unique id: `callers/{subject}` by the subject of the token, or the run of a collection. */
  holder: z.string(),
  /** The holder's display name, if it differs from the id. It need not be unique. */
  holderName: z.optional(z.string()),
  /** When the holder's lease ends, and the debug mode is closed automatically. */
  until: z.number(),
  sent: z.optional(Sent),
  /** The aircraft was on before, so we do not switch it off. */
  wasOn: z.optional(z.boolean()),
  failure: z.optional(Failure),
  /** The aircraft could not be switched off again. */
  aircraftLeftOn: z.optional(z.boolean()),
  /** Ids of the newest commands to open: if a dock accepts one of them late, it is closed again. */
  opens: z.array(z.string()),
  /** When the dock reported that its debug mode is closed. */
  closedAt: z.optional(z.number()),
})
export type Session = z.infer<typeof Session>

/** The holder's name for people. */
export const heldBy = ({ holder, holderName = holder }: Pick<Session, 'holder' | 'holderName'>): string =>
  holderName

/** Whether the dock is, or may be, in debug mode because of us. */
export const isOwed = ({ phase }: Pick<Session, 'phase'>): boolean => phase !== 'off'

/** Whether the holder may still use it. */
export const isHeld = ({ phase }: Pick<Session, 'phase'>): boolean =>
  phase === 'opening' || phase === 'waking' || phase === 'on'
