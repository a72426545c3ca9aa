import type { Style } from './text.ts'

/** How states look: good, bad, or on the way. */
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

/** What went wrong and what to do: a reason may be a name, or a sentence with its stop. */
export const reasonWith = ({ reason, advice }: { reason: string; advice: string }): string =>
  `${reason}${/[.!?]$/.test(reason) ? '' : ':'} ${advice}`

const units: [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
]

/** How long ago, for people; the time itself where it is to come. */
export const ago = (time: string | undefined, now = Date.now()): string => {
  if (time === undefined) return ''
  const seconds = (now - Date.parse(time)) / 1000
  if (seconds < 0) return time
  const [name, size] = units.find(([, unit]) => seconds >= unit) ?? ['s', 1]
  return `${Math.floor(seconds / size)} ${name} ago`
}

/** Bytes, for people. */
export const bytes = (count: number | undefined): string => {
  if (count === undefined) return ''
  const names = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = count < 1000 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(count) / 3))
  const shown = count / 1000 ** step
  return `${shown >= 100 || step === 0 ? Math.round(shown) : shown.toFixed(1)} ${names[step]}`
}
