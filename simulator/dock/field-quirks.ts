import { randomUUID } from 'node:crypto'

/** Quirks in real docks' messages and in the vendor's own examples; `entries` has the effect of each. */
export const fieldQuirks = [
  'prgress',
  'end_ime',
  'intModule',
  'seconds',
  'noTotalStep',
  'noGateway',
  'noBid',
  'otherBid',
  'noMethod',
  'noNeedReply',
  'blankDeviceSn',
  'stepKey',
  'stepNumber',
  'filesElsewhere',
] as const
export type FieldQuirk = (typeof fieldQuirks)[number]

type Entry = [key: string, value: unknown]

const isStruct = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const rewrite = (value: unknown, entry: (entry: Entry) => Entry[]): unknown => {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, entry))
  if (!isStruct(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => entry([key, rewrite(inner, entry)])),
  )
}

const without =
  (name: string) =>
  ([key, value]: Entry): Entry[] =>
    key === name ? [] : [[key, value]]
const changed =
  (names: string[], change: (value: unknown) => unknown) =>
  ([key, value]: Entry): Entry[] => [[key, names.includes(key) ? change(value) : value]]

const upgradeSteps: Readonly<Record<string, number>> = { download_firmware: 1, upgrade_firmware: 2 }

const entries: Record<Exclude<FieldQuirk, 'filesElsewhere'>, (entry: Entry) => Entry[]> = {
  // In the vendor's table for the newest dock and its pages up to v1.7.
  prgress: ([key, value]) => [[key === 'progress' && typeof value === 'number' ? 'prgress' : key, value]],
  // In every version's example of the list reply.
  end_ime: ([key, value]) => [[key === 'end_time' ? 'end_ime' : key, value]],
  intModule: changed(['module'], Number),
  seconds: changed(['start_time', 'end_time'], (ms) => Math.floor(Number(ms) / 1000)),
  noTotalStep: without('total_step'),
  noGateway: without('gateway'),
  noBid: without('bid'),
  otherBid: changed(['bid'], () => randomUUID()),
  noMethod: without('method'),
  noNeedReply: without('need_reply'),
  // In the pages of upgrades up to v1.11, and the vendor's demo. In log exports the field has numbers.
  stepKey: ([key, value]) => [
    [key === 'current_step' && typeof value === 'string' ? 'step_key' : key, value],
  ],
  stepNumber: changed(['current_step'], (step) => upgradeSteps[String(step)] ?? step),
  blankDeviceSn: changed(['device_sn'], () => ''),
}

/**
 * Progress one level up (`data.ext.files`, the vendor's legacy page), a list one level down
 * (`data.output.files`).
 */
const moveFiles = (message: Record<string, unknown>): Record<string, unknown> => {
  if (!isStruct(message.data)) return message
  const { output, files, ...rest } = message.data
  if (isStruct(output)) return { ...message, data: { ...rest, ...output } }
  return files === undefined ? message : { ...message, data: { ...rest, output: { files } } }
}

/** Adds these quirks to a dock's message. */
export const withQuirks = (
  message: Record<string, unknown>,
  quirks: readonly FieldQuirk[],
): Record<string, unknown> =>
  quirks.reduce((odd, quirk) => {
    if (quirk === 'filesElsewhere') return moveFiles(odd)
    const next = rewrite(odd, entries[quirk])
    return isStruct(next) ? next : odd
  }, message)
