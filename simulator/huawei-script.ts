import * as z from 'zod'
import { type SdkName, sdkNames } from './huawei-sdks.ts'

/** How a device with each SDK tells of an upgrade. */
export const sdkHabits: Readonly<Record<SdkName, string>> = {
  documented: "reports as the vendor's page asks for",
  java: 'reports 100 % with the old version once it has downloaded, then with the new; greets at each start',
  python: 'reports the end alone, and no failure; writes local time as UTC; logs every connect',
  c: 'reports the success before it installs, every failure as code 1; greets at each start',
  go: 'reports the end alone, at QoS 0, a failure with an empty version; says nothing after a restart',
  csharp: 'reports the end alone; a package that fails verification is code 3 with the new version',
  liteos: 'reports the end alone, without time, version or description',
}

/** What may happen in an upgrade besides its success, and what a device then does. */
export const happenings = {
  downloads: 'reports 10 % and 50 % on the way, also with an SDK whose sample does not',
  silent: 'says nothing more from the end of the download on; the upgrade never takes place',
  upToDate: 'upgrades nothing and reports code 3, already the latest',
  reboot: 'installs by a restart, off the broker meanwhile',
  rollback: 'restarts after the success and reports its old version again',
  burst: 'sends all reports of an upgrade within one second',
  several: 'sends all reports of an upgrade in one message, between entries for the log',
  duplicates: 'sends every message twice',
  reorder: 'sends every second message before the one that precedes it',
  numbersAsStrings: 'sends "0" for 0',
  blankVersion: 'sends an empty text as version in its progress reports',
} as const

/** How an upgrade goes: the device's SDK, what is wrong, and any number of happenings. */
export type Script = { [name in keyof typeof happenings]?: boolean } & {
  /** @default 'documented' */
  sdk?: SdkName
  /** The result code of what is wrong with the upgrade. Some SDKs report another, or nothing. */
  failure?: number
}

const whole = z
  .string()
  .regex(/^\d{1,9}$/, 'a whole number is expected')
  .transform(Number)
const Part = z.discriminatedUnion(
  'name',
  [
    z.object({ name: z.literal('failure'), value: whole.default(7) }),
    z.object({ name: z.enum(sdkNames), value: z.undefined('no value is expected') }),
    z.object({
      name: z.enum(Object.keys(happenings) as (keyof typeof happenings)[]),
      value: z.undefined('no value is expected'),
    }),
  ],
  'there is no such script',
)

const readPart = (text: string): Script => {
  const [name, value] = text.split(':', 2)
  const read = Part.safeParse({ name, value })
  if (!read.success) {
    const known = [...sdkNames, 'failure:CODE', ...Object.keys(happenings)].join(', ')
    throw new TypeError(`script "${text}": ${read.error.issues[0]?.message ?? ''}. Scripts are ${known}.`)
  }
  if (read.data.name === 'failure') return { failure: read.data.value }
  const sdk = sdkNames.find((known) => known === name)
  return sdk ? { sdk } : { [read.data.name]: true }
}

/**
 * A script as it is written on a command line: names of SDKs and happenings, and `failure:CODE`. Throws a
 * TypeError that lists the names, also when two SDKs or two failures are asked for.
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
