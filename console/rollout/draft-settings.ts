import type { components } from '../../client/schema.ts'
import type { Campaign } from '../api/records.ts'
import { listOf } from '../words/lists.ts'
import {
  type CampaignSettings,
  codesOf,
  type Draft,
  days,
  labelsOf,
  newDraft,
  newPhase,
  type PhaseDraft,
} from './draft.ts'

/** Converts a campaign's form to the API's input, and back. Pure. */

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

/** The settings of a draft without faults. */
export const settingsOf = (draft: Draft): CampaignSettings => {
  const { fleet, hasWindow, perMinute, timeZone } = draft
  return {
    ...draft.kept,
    name: draft.name.trim(),
    packageId: draft.packageId,
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
            from: draft.from,
            minutes: Number(draft.minutes),
            ...(timeZone ? { timeZone } : {}),
          },
        }
      : {}),
    ...(perMinute ? { pace: { perMinute: Number(perMinute) } } : {}),
    ...retryOf(draft),
    ...(draft.choose === 'like' ? { select: selectOf(draft) } : {}),
  }
}

type Change = components['schemas']['CampaignChange']

/** The changes of an edit: changed settings, and null for removed ones. */
export const changeOf = (before: CampaignSettings, after: CampaignSettings): Change => {
  const was: Readonly<Record<string, unknown>> = { ...before }
  const taken = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  return {
    ...Object.fromEntries(taken.map((name) => [name, null])),
    ...Object.fromEntries(
      Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])),
    ),
  }
}

const amountOf = (take: NonNullable<CampaignSettings['phases']>[number]['take']) => {
  if ('percent' in take) return { take: 'percent' as const, amount: String(take.percent) }
  if ('devices' in take) return { take: 'devices' as const, amount: String(take.devices) }
  return { take: 'labels' as const, amount: linesOf(take.labels) }
}

const linesOf = (labels: Readonly<Record<string, string>> = {}): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')

/** The form values of a campaign that has not started. */
export const draftOf = (campaign: Campaign): Draft => {
  const { id: typedId, name, packageId = '', fleet = '', select, window, pace, retry } = campaign
  const { proveSeconds, abort, phases = [], timeoutSeconds } = campaign
  return {
    ...newDraft(packageId, fleet),
    name,
    typedId,
    choose: select ? 'like' : 'ids',
    models: (select?.models ?? []).join('\n'),
    versions: (select?.versions ?? []).join('\n'),
    labels: linesOf(select?.labels),
    phases: phases.map(({ name, take, together, gate, next }) =>
      newPhase({
        name,
        next,
        ...amountOf(take),
        together: String(together),
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
