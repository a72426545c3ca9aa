import type { components } from '../../client/schema.ts'
import { idFrom, listOf } from '../words/lists.ts'

/** A campaign's form. Pure. */

export type CampaignSettings = components['schemas']['CampaignInput']
type Window = NonNullable<CampaignSettings['window']>

export type Day = Window['days'][number]

export const days: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

export type PhaseDraft = {
  /** Identifies the phase in the form. */
  key: number
  name: string
  take: 'percent' | 'devices' | 'labels'
  amount: string
  together: string
  confirmed: string
  failed: string
  withinHours: string
  next: 'auto' | 'approval'
}

export type Draft = {
  name: string
  /** Empty: derived from the name. */
  typedId: string
  packageId: string
  fleet: string
  choose: 'ids' | 'like'
  ids: string
  models: string
  versions: string
  labels: string
  phases: readonly PhaseDraft[]
  hasWindow: boolean
  days: readonly Day[]
  from: string
  minutes: string
  timeZone: string
  perMinute: string
  retries: string
  retryMinutes: string
  retryCodes: string
  silentHours: string
  /** Settings without a field here, of an edited campaign. */
  kept: Pick<CampaignSettings, 'proveSeconds' | 'abort'>
}

let keys = 0

export const newPhase = (given: Partial<PhaseDraft> = {}): PhaseDraft => ({
  key: ++keys,
  name: '',
  take: 'percent',
  amount: '100',
  together: '50',
  next: 'auto',
  confirmed: '95',
  failed: '2',
  withinHours: '48',
  ...given,
})

/** The default phases: a few devices first, with an approval; then a quarter; then all. */
export const newDraft = (packageId: string, fleet: string): Draft => ({
  name: '',
  typedId: '',
  packageId,
  fleet,
  choose: 'like',
  ids: '',
  models: '',
  versions: '',
  labels: '',
  phases: [
    newPhase({ name: 'first', amount: '5', together: '10', next: 'approval' }),
    newPhase({ name: 'quarter', amount: '25' }),
    newPhase({ name: 'rest', amount: '70', together: '100' }),
  ],
  hasWindow: false,
  days,
  from: '01:00',
  minutes: '240',
  timeZone: '',
  perMinute: '',
  retries: '1',
  retryMinutes: '60',
  retryCodes: '',
  silentHours: '24',
  kept: {},
})

export const idOf = ({ name, typedId }: Draft): string => typedId || idFrom(name)

const labelPattern = /^([A-Za-z0-9_.-]{1,64})\s*[:=]\s*(\S.{0,63})$/u

/** Labels, one `site: north` per line; undefined: invalid input. */
export const labelsOf = (text: string): Record<string, string> | undefined => {
  const found = listOf(text).map((line) => labelPattern.exec(line))
  return found.every((one) => one !== null)
    ? Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]))
    : undefined
}

const largestCode = 2_147_483_647

/** Undefined: invalid codes. */
export const codesOf = ({ retryCodes }: Draft): number[] | undefined => {
  const codes = listOf(retryCodes).map((code) => (/^\d{1,10}$/.test(code) ? Number(code) : 0))
  return codes.length <= 100 && codes.every((code) => code >= 1 && code <= largestCode) ? codes : undefined
}

/** The individually named devices. */
export const idsOf = ({ choose, ids }: Draft): string[] => (choose === 'ids' ? listOf(ids) : [])
