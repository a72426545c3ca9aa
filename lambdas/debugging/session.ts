import * as z from 'zod/mini'

/**
 * A dock's debug mode as we opened it, and what we still owe the dock: pk `DOCK#{dockSn}`, sk `DEBUG`. The
 * newest session is kept; all times epoch ms.
 */

/** The longest lease from now on; whoever needs it longer renews it. */
export const mostLeaseMs = 2 * 3_600_000

export const phases = ['opening', 'waking', 'on', 'sleeping', 'leaving', 'stuck', 'off'] as const
export type Phase = (typeof phases)[number]

/** The command of a phase: an id for each time that it was sent, which the dock's answer names. */
const Sent = z.object({
  ids: z.array(z.string()),
  /** What the dock's reports may name. */
  processId: z.string(),
  firstAt: z.number(),
  lastAt: z.number(),
  /** The dock said yes; what it takes long for may still end otherwise. */
  answeredAt: z.optional(z.number()),
  /** The code of the dock's last no. */
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
  /** Since when it is in this phase. */
  since: z.number(),
  /** An id that nobody else has: a caller's by the subject of the token, `callers/{subject}`, or the run of a collection. */
  holder: z.string(),
  /** What the holder is called, where that is not the id. Others may be called so, too. */
  holderName: z.optional(z.string()),
  /** When the holder's lease ends, and it closes by itself. */
  until: z.number(),
  sent: z.optional(Sent),
  /** The aircraft was on before: it is not ours to switch off. */
  wasOn: z.optional(z.boolean()),
  failure: z.optional(Failure),
  /** The aircraft could not be switched off again. */
  aircraftLeftOn: z.optional(z.boolean()),
  /** Ids of the newest commands to open: a dock that says yes to one of them late is closed again. */
  opens: z.array(z.string()),
  /** When the dock said that its debug mode is closed. */
  closedAt: z.optional(z.number()),
})
export type Session = z.infer<typeof Session>

/** The holder as people are shown it. */
export const heldBy = ({ holder, holderName = holder }: Pick<Session, 'holder' | 'holderName'>): string =>
  holderName

/** Whether the dock is, or may be, in debug mode because of us. */
export const isOwed = ({ phase }: Pick<Session, 'phase'>): boolean => phase !== 'off'

/** Whether its holder may still use it. */
export const isHeld = ({ phase }: Pick<Session, 'phase'>): boolean =>
  phase === 'opening' || phase === 'waking' || phase === 'on'
