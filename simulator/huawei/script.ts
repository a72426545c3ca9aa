import * as z from 'zod'
import { longestTimerMs } from '../pace.ts'
import { type SdkName, sdkNames } from './sdks.ts'

/** How a device with each SDK reports an upgrade. */
export const sdkReports: Readonly<Record<SdkName, string>> = {
  documented: "reports as the vendor's page asks for",
  java: 'reports 100 % with the old version once it has downloaded, then with the new; greets at each start',
  python: 'reports the end alone, and no failure; writes local time as UTC; logs every connect',
  c: 'reports the success before it installs, every failure as code 1; greets at each start',
  go: 'reports the end alone, at QoS 0; installs whatever a link answers; says nothing after a restart',
  csharp: 'reports the end alone; a package that fails verification is code 3 with the new version',
  liteos: 'reports the end alone, without time, version or description',
}

/** Events of an upgrade besides its success, and the device's reaction. */
export const upgradeEvents = {
  downloads: 'reports 10 % and 50 % on the way, also with an SDK whose sample does not',
  silent: 'says nothing more from the end of the download on; the upgrade never takes place',
  upToDate: 'upgrades nothing and reports code 3, already the latest',
  reboot: 'installs by a restart, off the broker meanwhile',
  gone: 'leaves the broker for good once it has downloaded',
  rollback: 'restarts after the success and reports its old version again',
  burst: 'sends all reports of an upgrade within one second',
  several: 'sends all reports of an upgrade in one message, between entries for the log',
  duplicates: 'sends every message twice',
  reorder: 'sends every second message before the one that precedes it',
  numbersAsStrings: 'sends "0" for 0',
  blankVersion: 'sends an empty text as version in its progress reports',
  spoils: 'gets a wrong first byte in every package; some SDKs check no sum and install it',
  token: 'adds an Authorization header to every download, as SDKs do for offers of the older kind',
} as const

/** Settings with a number, and their effect on a device. */
export const limits = {
  slow: 'downloads so many bytes a second',
  late: 'waits so many seconds before it downloads; its link may have expired by then',
  space: 'has room for so many bytes; a larger package is code 5',
} as const

/** The course of an upgrade: the device's SDK, its fault, its limits, and any number of events. */
export type Script = { [name in keyof typeof upgradeEvents]?: boolean } & {
  [name in keyof typeof limits]?: number
} & {
  /** @default 'documented' */
  sdk?: SdkName
  /** The result code of the upgrade's fault. Some SDKs report another, or nothing. */
  failure?: number
  /** The percentage of upgrades with the fault. @default all */
  failurePercent?: number
}

const whole = z
  .string('a whole number is expected')
  .regex(/^\d{1,9}$/, 'a whole number is expected')
  .transform(Number)
const atLeastOne = whole.refine((number) => number > 0, 'at least 1 is expected')
const inTime = whole.refine((seconds) => seconds * 1000 <= longestTimerMs, 'at most 24 days are possible')
const percent = whole.refine((share) => share >= 1 && share <= 100, 'a share of 1 to 100 percent is expected')
const nothing = z.undefined('no value is expected')
const namesOf = <Name extends string>(of: Readonly<Record<Name, string>>) => Object.keys(of) as Name[]
const known = [
  ...sdkNames,
  'failure:CODE',
  'failure:CODE:PERCENT',
  ...namesOf(limits).map((name) => `${name}:NUMBER`),
  ...namesOf(upgradeEvents),
]

const Part = z.discriminatedUnion(
  'name',
  [
    z.object({ name: z.literal('failure'), value: whole.default(7), share: percent.optional() }),
    z.object({ name: z.literal('slow'), value: atLeastOne, share: nothing }),
    z.object({ name: z.literal('late'), value: inTime, share: nothing }),
    z.object({ name: z.literal('space'), value: whole, share: nothing }),
    z.object({ name: z.enum(sdkNames), value: nothing, share: nothing }),
    z.object({ name: z.enum(namesOf(upgradeEvents)), value: nothing, share: nothing }),
  ],
  `there is no such script. Scripts are ${known.join(', ')}`,
)

const readPart = (text: string): Script => {
  const [name, value, share, more] = text.split(':')
  const read = Part.safeParse({ name, value, share })
  const wrong = read.error?.issues[0]?.message ?? (more === undefined ? undefined : 'no value is expected')
  if (!read.success || wrong !== undefined) throw new TypeError(`script "${text}": ${wrong ?? ''}`)
  const part = read.data
  if (part.name === 'failure')
    return { failure: part.value, ...(part.share !== undefined && { failurePercent: part.share }) }
  if (part.value !== undefined) return { [part.name]: part.value }
  const sdk = sdkNames.find((one) => one === name)
  return sdk ? { sdk } : { [part.name]: true }
}

/**
 * Parses a script of a command line: names of SDKs and events, `failure:CODE`, optionally with a percentage,
 * and limits. Throws a TypeError that lists the names, also for two SDKs or two failures.
 */
export const parseScript = (texts: readonly string[]): Script => {
  const parts = texts.map(readPart)
  for (const [key, what] of [
    ['sdk', 'SDKs'],
    ['failure', 'failures'],
  ] as const) {
    const named = new Set(parts.flatMap((part) => part[key] ?? []))
    if (named.size > 1) throw new TypeError(`two ${what} in one script: ${[...named].join(', ')}`)
  }
  return Object.assign({}, ...parts)
}
