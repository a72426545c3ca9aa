import type { components } from '../../client/schema.ts'
import type { Alarm, Collection, ModuleName } from '../api/records.ts'
import { type Faults, faultsIn, isMissing, numberIn, whole } from '../words/faults.ts'
import { idFrom, idRule, isId, listOf } from '../words/lists.ts'

/** A collection in the form. Pure. */

export type CollectionInput = components['schemas']['CollectionInput']
type Level = Alarm['level']

export const levels: readonly Level[] = ['notice', 'caution', 'warning']
export const occasions = ['alarm', 'afterFlight', 'daily', 'hand'] as const

export type Draft = {
  name: string
  id: string
  /** Whether the id was typed, not derived from the name. */
  hasId: boolean
  enabled: boolean
  of: 'fleet' | 'docks'
  fleet: string
  docks: string
  when: (typeof occasions)[number]
  levels: readonly Level[]
  codes: string
  exceptCodes: string
  imminentToo: boolean
  cooldownHours: string
  at: string
  timeZone: string
  modules: readonly ModuleName[]
  choose: 'around' | 'newest'
  beforeMinutes: string
  afterMinutes: string
  newestBoots: string
  wakeAircraft: boolean
  finishHours: string
  atOnce: string
  retries: string
}

export const newDraft = (fleet: string, timeZone: string): Draft => ({
  name: '',
  id: '',
  hasId: false,
  enabled: true,
  of: 'fleet',
  fleet,
  docks: '',
  when: 'alarm',
  levels: ['warning'],
  codes: '',
  exceptCodes: '',
  imminentToo: false,
  cooldownHours: '6',
  at: '03:30',
  timeZone,
  modules: ['aircraft', 'dock'],
  choose: 'around',
  beforeMinutes: '10',
  afterMinutes: '2',
  newestBoots: '1',
  wakeAircraft: false,
  finishHours: '6',
  atOnce: '5',
  retries: '2',
})

export const idOf = ({ id, hasId, name }: Draft): string => (hasId ? id : idFrom(name))

const minute = 60
const hour = 3600
const week = 7 * 24

/** Precise to less than half a second, the API's own precision. */
const decimals = 4
const inUnits = (seconds: number, unit: number): string => String(Number((seconds / unit).toFixed(decimals)))
const seconds = (text: string, unit: number): number => Math.round(Number(text) * unit)

const draftWhen = (when: Collection['when']): Partial<Draft> => {
  if (!when) return { when: 'hand' }
  if ('daily' in when) return { when: 'daily', ...when.daily }
  if ('afterFlight' in when) return { when: 'afterFlight' }
  const { codes = [], exceptCodes = [], imminentToo = false, cooldownSeconds } = when.alarm
  return {
    when: 'alarm',
    levels: when.alarm.levels ?? levels,
    imminentToo,
    codes: codes.join('\n'),
    exceptCodes: exceptCodes.join('\n'),
    ...(cooldownSeconds === undefined ? {} : { cooldownHours: inUnits(cooldownSeconds, hour) }),
  }
}

const draftLogs = ({ modules, ...rule }: Collection['logs']): Partial<Draft> =>
  'newestBoots' in rule
    ? { modules, choose: 'newest', newestBoots: String(rule.newestBoots) }
    : {
        modules,
        choose: 'around',
        beforeMinutes: inUnits(rule.beforeSeconds, minute),
        afterMinutes: inUnits(rule.afterSeconds, minute),
      }

/** An existing collection, for editing. */
export const draftOf = (collection: Collection, timeZone: string): Draft => {
  const { id, name = '', enabled, fleet = '', docks, atOnce, retries, wakeAircraft } = collection
  return {
    ...newDraft(fleet, timeZone),
    id,
    name,
    hasId: true,
    enabled,
    wakeAircraft,
    of: docks ? 'docks' : 'fleet',
    docks: docks?.join('\n') ?? '',
    ...draftWhen(collection.when),
    ...draftLogs(collection.logs),
    finishHours: inUnits(collection.finishWithinSeconds, hour),
    atOnce: String(atOnce),
    retries: String(retries),
  }
}

const whenOf = (draft: Draft): Pick<CollectionInput, 'when'> => {
  const { when, imminentToo, at, timeZone } = draft
  if (when === 'hand') return {}
  if (when === 'daily') return { when: { daily: { at, timeZone } } }
  if (when === 'afterFlight') return { when: { afterFlight: {} } }
  const [codes, exceptCodes] = [listOf(draft.codes), listOf(draft.exceptCodes)]
  return {
    when: {
      alarm: {
        ...(draft.levels.length < levels.length ? { levels: [...draft.levels] } : {}),
        ...(codes.length > 0 ? { codes } : {}),
        ...(exceptCodes.length > 0 ? { exceptCodes } : {}),
        ...(imminentToo ? { imminentToo } : {}),
        cooldownSeconds: seconds(draft.cooldownHours, hour),
      },
    },
  }
}

const logsOf = (draft: Draft): CollectionInput['logs'] => {
  const modules = [...draft.modules]
  return draft.choose === 'newest'
    ? { modules, newestBoots: Number(draft.newestBoots) }
    : {
        modules,
        beforeSeconds: seconds(draft.beforeMinutes, minute),
        afterSeconds: seconds(draft.afterMinutes, minute),
      }
}

/** The API input of a draft without faults. */
export const inputOf = (draft: Draft): CollectionInput => ({
  ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
  enabled: draft.enabled,
  ...(draft.of === 'fleet' ? { fleet: draft.fleet.trim() } : { docks: listOf(draft.docks) }),
  ...whenOf(draft),
  logs: logsOf(draft),
  wakeAircraft: draft.wakeAircraft && draft.modules.includes('aircraft'),
  finishWithinSeconds: seconds(draft.finishHours, hour),
  atOnce: Number(draft.atOnce),
  retries: Number(draft.retries),
})

const between = (least: number, most: number): string => `Type a number from ${least} to ${most}.`
const mostDocks = 200

const docksFault = (docks: readonly string[]): string => {
  const wrong = docks.filter((sn) => !/^[A-Za-z0-9]{1,32}$/.test(sn))
  if (wrong.length > 0) return `No dock has such a serial number: ${wrong.slice(0, 3).join(', ')}`
  if (docks.length > mostDocks) return `Name at most ${mostDocks}. For more, collect from a fleet.`
  return docks.length === 0 ? 'Name a dock.' : ''
}

const whenFaults = (draft: Draft): Faults => {
  if (draft.when === 'daily')
    return faultsIn([
      ['at', /^([01]\d|2[0-3]):[0-5]\d$/.test(draft.at), 'Type a time of day, as 03:30.'],
      ['timeZone', draft.timeZone !== '', 'Choose one.'],
    ])
  if (draft.when !== 'alarm') return {}
  return faultsIn([
    ['levels', draft.levels.length > 0, 'Choose a level.'],
    ['cooldownHours', numberIn(draft.cooldownHours, 0, week, decimals) !== undefined, between(0, week)],
  ])
}

const logsFaults = (draft: Draft): Faults => {
  const { beforeMinutes, afterMinutes, newestBoots } = draft
  const modules = [['modules', draft.modules.length > 0, 'Choose one.']] as const
  if (draft.choose === 'newest')
    return faultsIn([...modules, ['newestBoots', numberIn(newestBoots, 1, 100) !== undefined, whole(1, 100)]])
  const [mostBefore, mostAfter] = [week * minute, 24 * minute]
  return faultsIn([
    ...modules,
    ['beforeMinutes', numberIn(beforeMinutes, 0, mostBefore, decimals) !== undefined, between(0, mostBefore)],
    ['afterMinutes', numberIn(afterMinutes, 0, mostAfter, decimals) !== undefined, between(0, mostAfter)],
  ])
}

/** The API's least time for a run, from the last moment whose logs it collects. */
const leastFinish = 600

const finishFault = (draft: Draft): string => {
  const { finishHours, choose, afterMinutes } = draft
  const finish = numberIn(finishHours, 0, week, decimals)
  if (finish === undefined || seconds(finishHours, hour) < leastFinish)
    return `Enter hours, from 0.17 (ten minutes) to ${week}.`
  const after = choose === 'around' ? seconds(afterMinutes, minute) : 0
  return seconds(finishHours, hour) < after + leastFinish
    ? 'It must be at least ten minutes longer than the time after the cause.'
    : ''
}

/** The values that the API would refuse, by field, as far as they can be detected here. */
export const draftFaults = (draft: Draft): Faults => {
  const docks = draft.of === 'docks' ? docksFault(listOf(draft.docks)) : ''
  const finish = finishFault(draft)
  return {
    ...faultsIn([
      ['id', isId(idOf(draft)), idRule],
      ['fleet', draft.of !== 'fleet' || draft.fleet.trim() !== '', isMissing],
      ['docks', docks === '', docks],
      ['finishHours', finish === '', finish],
      ['atOnce', numberIn(draft.atOnce, 1, 50) !== undefined, whole(1, 50)],
      ['retries', numberIn(draft.retries, 0, 3) !== undefined, whole(0, 3)],
    ]),
    ...whenFaults(draft),
    ...logsFaults(draft),
  }
}
