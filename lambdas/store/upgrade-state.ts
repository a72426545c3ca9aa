import * as z from 'zod/mini'
import type { DeviceEvent, UpgradeReport } from '../../protocols/huawei-ota/facts.ts'
import { meaningOf } from '../../protocols/huawei-ota/meaning.ts'
import type { Receipt } from './receipt.ts'
import { earliest } from './registers.ts'

/**
 * What is known of a device's upgrade, as registers, and what they mean at a given time. Pure; `registers.ts` says why
 * the order of messages does not matter. All times are ours, epoch ms: device clocks lie.
 */

const Fact = { order: z.string(), at: z.number() }
const Mark = z.object(Fact)
const Version = z.object({ ...Fact, version: z.string() })
const Report = z.object({
  ...Fact,
  code: z.number(),
  pct: z.optional(z.number()),
  version: z.optional(z.string()),
  text: z.optional(z.string()),
})

/**
 * - `latest`: the newest upgrade report
 * - `failed`: the earliest report of a failure, `matched`: of the target version, `confirmed`: a version report of it
 * - `firmware`, `software`: the newest version report of each
 * - `closed`: when an operator closed our books on it, or another attempt followed
 */
export const UpgradeRegisters = z.object({
  latest: z.optional(Report),
  failed: z.optional(Report),
  matched: z.optional(Mark),
  confirmed: z.optional(Mark),
  firmware: z.optional(Version),
  software: z.optional(Version),
  closed: z.optional(z.object({ ...Fact, by: z.string() })),
})
export type UpgradeRegisters = z.infer<typeof UpgradeRegisters>

export type Package = 'firmware' | 'software'

/** What an attempt is about. `timeoutSeconds`: of silence, after which it is given up. */
export type Attempt = {
  id: string
  package: Package
  target: string
  openedAt: number
  timeoutSeconds: number
  campaignId?: string | undefined
  requestedBy: string
}

export type UpgradeState = 'pending' | 'upgrading' | 'succeeded' | 'failed' | 'timedOut' | 'closed'

export type UpgradeStatus = {
  /** Undefined: nobody asked for an upgrade and the device told of none. */
  state?: UpgradeState
  /** How we know of a success: the device says so, it carried the target version, a version report confirmed that. */
  evidence?: 'claimed' | 'matched' | 'confirmed'
  rolledBack: boolean
  /** The vendor's result code, of a failure. */
  failureCode?: number
  /** When silence ends the attempt, if nothing else does first. */
  checkAt?: number
}

/** The newest wins, the receipt and the place in the message break ties. */
const newest = ({ receivedAt, receiptId }: Receipt, index: number): string =>
  `${String(receivedAt).padStart(13, '0')}${receiptId.slice(0, 8)}${String(index).padStart(3, '0')}`

/** The description as far as the hot item keeps it; the history has all of it. */
const textLength = 100

/**
 * What an event makes known. `target` is the attempt's, where that is known; without it nothing can be matched or
 * confirmed, and whether "already the latest version" is a failure stays open.
 */
export const factsOf = (
  event: DeviceEvent,
  receipt: Receipt,
  index: number,
  attempt: Pick<Attempt, 'package' | 'target'> | undefined,
): UpgradeRegisters => {
  const at = receipt.receivedAt
  const first = { order: earliest(at, receipt.receiptId, index % 10), at }
  if (event.kind === 'versionReport') {
    const version = (of: Package) =>
      event[of] === undefined ? undefined : { order: newest(receipt, index), at, version: event[of] }
    const confirmed = attempt && event[attempt.package] === attempt.target ? first : undefined
    return present({ firmware: version('firmware'), software: version('software'), confirmed })
  }
  const meaning = attempt && meaningOf(event, attempt.target).state
  const report = {
    at,
    code: event.resultCode,
    pct: event.percent,
    version: event.version,
    text: event.description?.slice(0, textLength),
  }
  return present({
    latest: { ...report, order: newest(receipt, index) },
    failed: meaning === 'failed' ? { ...report, ...first } : undefined,
    matched: meaning === 'succeeded' ? first : undefined,
  })
}

const present = (facts: UpgradeRegisters): UpgradeRegisters =>
  Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined))

export const upgradeStatus = (
  attempt: Attempt | undefined,
  registers: UpgradeRegisters,
  now: number,
): UpgradeStatus => {
  if (!attempt) return claimed(registers)
  const { latest, failed, matched, confirmed, closed } = registers
  const success = [matched, confirmed].flatMap((fact) => fact?.at ?? [])
  const succeededAt = success.length > 0 ? Math.min(...success) : undefined
  const checkAt = (latest?.at ?? attempt.openedAt) + attempt.timeoutSeconds * 1000
  const wasOpen = ({ at }: NonNullable<typeof closed>) =>
    at <= (succeededAt ?? at) && at <= (failed?.at ?? at) && at < checkAt
  // What had ended before it was closed keeps its end, also where that becomes known later.
  if (closed && wasOpen(closed)) return { state: 'closed', rolledBack: false }
  // A report of the target promotes an attempt that failed before or was given up.
  if (succeededAt !== undefined) {
    const evidence = confirmed ? 'confirmed' : 'matched'
    return { state: 'succeeded', evidence, rolledBack: isRolledBack(attempt, registers, succeededAt) }
  }
  if (failed) return { state: 'failed', failureCode: failed.code, rolledBack: false }
  if (now >= checkAt) return { state: 'timedOut', rolledBack: false }
  return { state: latest ? 'upgrading' : 'pending', rolledBack: false, checkAt }
}

/** The device reported another version of the package after it had reported the target. */
const isRolledBack = (attempt: Attempt, registers: UpgradeRegisters, succeededAt: number): boolean => {
  const running = registers[attempt.package]
  return running !== undefined && running.at > succeededAt && running.version !== attempt.target
}

/** Without an attempt the newest report stands for itself. */
const claimed = ({ latest }: UpgradeRegisters): UpgradeStatus => {
  if (!latest) return { rolledBack: false }
  const meaning = meaningOf(asReport(latest), undefined)
  if (meaning.state === 'succeeded') return { state: 'succeeded', evidence: 'claimed', rolledBack: false }
  if (meaning.state === 'failed') return { state: 'failed', failureCode: latest.code, rolledBack: false }
  return { state: 'upgrading', rolledBack: false }
}

const asReport = ({ code, pct, version }: NonNullable<UpgradeRegisters['latest']>): UpgradeReport => ({
  kind: 'upgradeReport',
  deviceId: '',
  resultCode: code,
  ...(pct === undefined ? {} : { percent: pct }),
  ...(version === undefined ? {} : { version }),
})
