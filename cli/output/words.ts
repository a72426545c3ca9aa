import type { Style } from './text.ts'

/** The style of each state: good, bad, or in progress. */
const looks: Readonly<Record<string, Style>> = {
  ...Object.fromEntries(
    ['verified', 'succeeded', 'finished', 'online', 'received', 'passed', 'done', 'active'].map((state) => [
      state,
      'green' as const,
    ]),
  ),
  ...Object.fromEntries(
    [
      'failed',
      'timedOut',
      'rejected',
      'missing',
      'partial',
      'rolledBack',
      'stopped',
      'notPassed',
      'offline',
    ].map((state) => [state, 'red' as const]),
  ),
  ...Object.fromEntries(
    ['canceled', 'aborted', 'closed', 'paused', 'awaitingApproval', 'unknown'].map((state) => [
      state,
      'yellow' as const,
    ]),
  ),
}

export const lookOf = (state: string | undefined): Style | undefined =>
  state !== undefined && Object.hasOwn(looks, state) ? looks[state] : undefined

/** The reason and the advice: a reason may be a name, or a sentence with its full stop. */
export const reasonWith = ({ reason, advice }: { reason: string; advice: string }): string =>
  `${reason}${/[.!?]$/.test(reason) ? '' : ':'} ${advice}`

const units: [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
]

/** A past time as a duration; a future time as the time itself. */
export const ago = (time: string | undefined, now = Date.now()): string => {
  if (time === undefined) return ''
  const seconds = (now - Date.parse(time)) / 1000
  if (seconds < 0) return time
  const [name, size] = units.find(([, unit]) => seconds >= unit) ?? ['s', 1]
  return `${Math.floor(seconds / size)} ${name} ago`
}

/** A readable number of bytes. */
export const bytes = (count: number | undefined): string => {
  if (count === undefined) return ''
  const names = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = count < 1000 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(count) / 3))
  const shown = count / 1000 ** step
  return `${shown >= 100 || step === 0 ? Math.round(shown) : shown.toFixed(1)} ${names[step]}`
}
