import type { Campaign } from '../api/records.ts'
import type { components } from '../api/schema.ts'
import { idFrom, isId, listOf } from '../words/lists.ts'

/** A campaign as it is typed, and what the API is given of it. Pure. */

export type CampaignSettings = components['schemas']['CampaignInput']
type Window = NonNullable<CampaignSettings['window']>
export type Day = Window['days'][number]
export const days: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

export type PhaseDraft = {
  /** Tells it from the others while it is typed. */
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
  /** Empty: made of the name. */
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
  /** Settings that are not typed here, of a campaign that is changed. */
  kept: Pick<CampaignSettings, 'proveSeconds' | 'abort'>
}

let keys = 0

export const newPhase = (given: Partial<PhaseDraft> = {}): PhaseDraft => ({
  key: ++keys,
  ...{ name: '', take: 'percent', amount: '100', together: '50', next: 'auto' },
  ...{ confirmed: '95', failed: '2', withinHours: '48' },
  ...given,
})

/** A few first, looked at by somebody; then a quarter; then everybody. */
export const newDraft = (packageId: string, fleet: string): Draft => ({
  ...{ name: '', typedId: '', packageId, fleet },
  ...{ choose: 'like', ids: '', models: '', versions: '', labels: '' },
  phases: [
    newPhase({ name: 'first', amount: '5', together: '10', next: 'approval' }),
    newPhase({ name: 'quarter', amount: '25' }),
    newPhase({ name: 'rest', amount: '70', together: '100' }),
  ],
  ...{ hasWindow: false, days, from: '01:00', minutes: '240', timeZone: '' },
  ...{ perMinute: '', retries: '1', retryMinutes: '60', retryCodes: '', silentHours: '24', kept: {} },
})

const amountOf = (take: NonNullable<CampaignSettings['phases']>[number]['take']) => {
  if ('percent' in take) return { take: 'percent' as const, amount: String(take.percent) }
  if ('devices' in take) return { take: 'devices' as const, amount: String(take.devices) }
  return { take: 'labels' as const, amount: linesOf(take.labels) }
}

const linesOf = (labels: Readonly<Record<string, string>> = {}): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')

/** A campaign that has not started as it would be typed. */
export const draftOf = (campaign: Campaign): Draft => {
  const { id: typedId, name, packageId = '', fleet = '', select, window, pace, retry } = campaign
  const { proveSeconds, abort, phases = [], timeoutSeconds } = campaign
  return {
    ...newDraft(packageId, fleet),
    ...{ name, typedId },
    choose: select ? 'like' : 'ids',
    models: (select?.models ?? []).join('\n'),
    versions: (select?.versions ?? []).join('\n'),
    labels: linesOf(select?.labels),
    phases: phases.map(({ name, take, together, gate, next }) =>
      newPhase({
        ...{ name, next, ...amountOf(take), together: String(together) },
        confirmed: String(gate.confirmedPercent),
        failed: String(gate.failedAtMostPercent),
        withinHours: String(gate.withinSeconds / 3600),
      }),
    ),
    hasWindow: window !== undefined,
    ...(window ? { days: window.days, from: window.from, minutes: String(window.minutes) } : {}),
    timeZone: window?.timeZone ?? '',
    perMinute: pace ? String(pace.perMinute) : '',
    retries: String(retry?.times ?? 0),
    ...(retry ? { retryMinutes: String(retry.afterSeconds / 60) } : {}),
    retryCodes: (retry?.codes ?? []).join(', '),
    silentHours: String(timeoutSeconds / 3600),
    kept: { proveSeconds, ...(abort ? { abort } : {}) },
  }
}

export const idOf = ({ name, typedId }: Draft): string => typedId || idFrom(name)

/** A number as it is typed; undefined: it is none, or not within the limits. */
const numberIn = (text: string, least: number, most: number, decimals = 0): number | undefined => {
  if (!new RegExp(`^\\d{1,7}${decimals > 0 ? `(\\.\\d{1,${decimals}})?` : ''}$`).test(text.trim()))
    return undefined
  const value = Number(text)
  return value >= least && value <= most ? value : undefined
}

const labelPattern = /^([A-Za-z0-9_.-]{1,64})\s*[:=]\s*(\S.{0,63})$/u

/** `site: north`, one in a line; undefined: something else is among them. */
export const labelsOf = (text: string): Record<string, string> | undefined => {
  const found = listOf(text).map((line) => labelPattern.exec(line))
  return found.every((one) => one !== null)
    ? Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]))
    : undefined
}

/** What is wrong with what was typed, by field; of a phase `{key}.{field}`. */
export type Faults = Readonly<Record<string, string>>

const whole = (least: number, most: number): string =>
  `Type a whole number from ${least} to ${most.toLocaleString('en')}.`
const percent = (least: number): string => `Type a percentage from ${least} to 100.`
const isMissing = 'It is needed.'
const labelFault = 'One in a line, as “site: north”; names of letters, digits, “.”, “-” and “_”.'

type Checked = readonly (readonly [field: string, isRight: boolean, fault: string])[]
const faultsIn = (checked: Checked): Faults =>
  Object.fromEntries(checked.filter(([, isRight]) => !isRight).map(([field, , fault]) => [field, fault]))

const longestHours = 720
const idPattern = /^[A-Za-z0-9_-]{1,128}$/

export const nameFaults = (draft: Draft, needsFleet: boolean): Faults =>
  faultsIn([
    ['name', draft.name.trim() !== '', isMissing],
    ['id', isId(idOf(draft)), 'Use letters, digits, “-” and “_” alone, at most 64.'],
    ['packageId', draft.packageId !== '', 'Choose one.'],
    ['fleet', !needsFleet || draft.fleet !== '', 'Name a fleet of yours.'],
  ])

export const idFault = (deviceIds: readonly string[]): string => {
  const wrong = deviceIds.filter((id) => !idPattern.test(id))
  return wrong.length === 0 ? '' : `No device has such an id: ${wrong.slice(0, 3).join(', ')}`
}

/** `hasDevices`: some have been chosen before, which stay. */
export const deviceFaults = ({ choose, ids, labels }: Draft, hasDevices = false): Faults => {
  if (choose === 'like') return faultsIn([['labels', labelsOf(labels) !== undefined, labelFault]])
  const fault = idFault(listOf(ids))
  return faultsIn([
    ['ids', fault === '', fault],
    ['ids', hasDevices || listOf(ids).length > 0, 'Name a device.'],
  ])
}

const takeFault = ({ take, amount }: PhaseDraft): string => {
  if (take === 'percent') return numberIn(amount, 0.01, 100, 2) ? '' : percent(0.01)
  if (take === 'devices') return numberIn(amount, 1, 1_000_000) ? '' : whole(1, 1_000_000)
  const labels = labelsOf(amount)
  return labels && Object.keys(labels).length > 0 ? '' : labelFault
}

/** How much of all devices the phases take that take a percentage. */
export const percentTaken = (phases: readonly PhaseDraft[]): number =>
  phases.reduce(
    (sum, { take, amount }) => sum + Math.round((take === 'percent' ? Number(amount) || 0 : 0) * 100),
    0,
  ) / 100

export const phaseFaults = ({ phases }: Draft): Faults => {
  const names = phases.map(({ name }) => name.trim())
  const each = phases.map((phase, n) =>
    faultsIn([
      [`${phase.key}.name`, names.indexOf(names[n] ?? '') === n, 'It is the name of another phase.'],
      [`${phase.key}.name`, names[n] !== '', isMissing],
      [`${phase.key}.amount`, takeFault(phase) === '', takeFault(phase)],
      [`${phase.key}.together`, numberIn(phase.together, 1, 1000) !== undefined, whole(1, 1000)],
      [`${phase.key}.confirmed`, numberIn(phase.confirmed, 0.01, 100, 2) !== undefined, percent(0.01)],
      [`${phase.key}.failed`, numberIn(phase.failed, 0, 100, 2) !== undefined, percent(0)],
      [
        `${phase.key}.withinHours`,
        numberIn(phase.withinHours, 1, longestHours) !== undefined,
        whole(1, longestHours),
      ],
    ]),
  )
  const taken = percentTaken(phases)
  const sum = faultsIn([['phases', taken <= 100, `Together they take ${taken} %; 100 are all.`]])
  return Object.assign({}, ...each, sum)
}

const largestCode = 2_147_483_647

/** Undefined: something else than codes is among them. */
const codesOf = ({ retryCodes }: Draft): number[] | undefined => {
  const codes = listOf(retryCodes).map((code) => (/^\d{1,10}$/.test(code) ? Number(code) : 0))
  return codes.length <= 100 && codes.every((code) => code >= 1 && code <= largestCode) ? codes : undefined
}

export const timeFaults = (draft: Draft): Faults => {
  const { hasWindow, from, minutes, perMinute, retries, retryMinutes, silentHours } = draft
  return faultsIn([
    ['days', !hasWindow || draft.days.length > 0, 'Choose a day, or the window never opens.'],
    ['from', !hasWindow || /^([01]\d|2[0-3]):[0-5]\d$/.test(from), 'Type a time of day, as 01:30.'],
    ['minutes', !hasWindow || numberIn(minutes, 1, 1440) !== undefined, whole(1, 1440)],
    ['perMinute', perMinute === '' || numberIn(perMinute, 1, 10_000) !== undefined, whole(1, 10_000)],
    ['retries', numberIn(retries, 0, 10) !== undefined, whole(0, 10)],
    ['retryMinutes', numberIn(retryMinutes, 1, 10_080) !== undefined, whole(1, 10_080)],
    ['retryCodes', codesOf(draft) !== undefined, 'Type result codes: whole numbers, with commas between.'],
    ['silentHours', numberIn(silentHours, 1, longestHours) !== undefined, whole(1, longestHours)],
  ])
}

const takeOf = ({ take, amount }: PhaseDraft) => {
  if (take === 'labels') return { labels: labelsOf(amount) ?? {} }
  return take === 'percent' ? { percent: Number(amount) } : { devices: Number(amount) }
}

const selectOf = ({ models, versions, labels }: Draft): NonNullable<CampaignSettings['select']> => {
  const [named, running, having] = [listOf(models), listOf(versions), labelsOf(labels) ?? {}]
  return {
    ...(named.length > 0 ? { models: named } : {}),
    ...(running.length > 0 ? { versions: running } : {}),
    ...(Object.keys(having).length > 0 ? { labels: having } : {}),
  }
}

const retryOf = (draft: Draft): Pick<CampaignSettings, 'retry'> => {
  const [times, codes = []] = [Number(draft.retries), codesOf(draft)]
  if (times === 0) return {}
  const afterSeconds = Number(draft.retryMinutes) * 60
  return { retry: { times, afterSeconds, ...(codes.length > 0 ? { codes } : {}) } }
}

/** The campaign of a draft in which nothing is wrong. */
export const settingsOf = (draft: Draft): CampaignSettings => {
  const { fleet, hasWindow, perMinute, timeZone } = draft
  return {
    ...draft.kept,
    ...{ name: draft.name.trim(), packageId: draft.packageId },
    ...(fleet ? { fleet } : {}),
    timeoutSeconds: Number(draft.silentHours) * 3600,
    phases: draft.phases.map((phase) => ({
      name: phase.name.trim(),
      take: takeOf(phase),
      together: Number(phase.together),
      gate: {
        confirmedPercent: Number(phase.confirmed),
        failedAtMostPercent: Number(phase.failed),
        withinSeconds: Number(phase.withinHours) * 3600,
      },
      next: phase.next,
    })),
    ...(hasWindow
      ? {
          window: {
            days: days.filter((day) => draft.days.includes(day)),
            ...{ from: draft.from, minutes: Number(draft.minutes) },
            ...(timeZone ? { timeZone } : {}),
          },
        }
      : {}),
    ...(perMinute ? { pace: { perMinute: Number(perMinute) } } : {}),
    ...retryOf(draft),
    ...(draft.choose === 'like' ? { select: selectOf(draft) } : {}),
  }
}

/** The devices that are named one by one. */
export const idsOf = ({ choose, ids }: Draft): string[] => (choose === 'ids' ? listOf(ids) : [])
