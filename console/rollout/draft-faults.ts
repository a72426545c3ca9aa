import { type Faults, faultsIn, isMissing, numberIn, percent, whole } from '../words/faults.ts'
import { idRule, isId, listOf } from '../words/lists.ts'
import { codesOf, type Draft, idOf, labelsOf, type PhaseDraft } from './draft.ts'

/** Validates a campaign's form before the API does. Pure. */

const labelFault = 'One per line, as “site: north”; names have only letters, digits, “.”, “-” and “_”.'
const longestHours = 720
const idPattern = /^[A-Za-z0-9_-]{1,128}$/

export const nameFaults = (draft: Draft, needsFleet: boolean): Faults =>
  faultsIn([
    ['name', draft.name.trim() !== '', isMissing],
    ['id', isId(idOf(draft)), idRule],
    ['packageId', draft.packageId !== '', 'Choose one.'],
    ['fleet', !needsFleet || draft.fleet !== '', 'Name one of your fleets.'],
  ])

export const idFault = (deviceIds: readonly string[]): string => {
  const wrong = deviceIds.filter((id) => !idPattern.test(id))
  return wrong.length === 0 ? '' : `No device has such an id: ${wrong.slice(0, 3).join(', ')}`
}

/** `hasDevices`: some were added before, and stay. */
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

/** The sum of the phases' percentages. */
export const percentTaken = (phases: readonly PhaseDraft[]): number =>
  phases.reduce(
    (sum, { take, amount }) => sum + Math.round((take === 'percent' ? Number(amount) || 0 : 0) * 100),
    0,
  ) / 100

export const phaseFaults = ({ phases }: Draft): Faults => {
  const names = phases.map(({ name }) => name.trim())
  const each = phases.map((phase, n) =>
    faultsIn([
      [`${phase.key}.name`, names.indexOf(names[n] ?? '') === n, 'Another phase has this name.'],
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
  const sum = faultsIn([['phases', taken <= 100, `Together they take ${taken} %; the most is 100 %.`]])
  return Object.assign({}, ...each, sum)
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
