import * as z from 'zod'
import { longestTimerMs } from '../pace.ts'
import { type FieldQuirk, fieldQuirks } from './field-quirks.ts'

/** Faults without a value, and their effect on a dock. */
export const toggles = {
  offline: 'is not connected to the broker; its session stays there',
  noReply: 'follows requests and answers nothing',
  expiredCredentials: 'uploads with a session token that storage refuses; ends in 324019',
  sayOkUploadNothing: 'reports an upload that never took place',
  uploadHalf: 'uploads the first half of an archive and reports the whole',
  wrongSize: 'reports another size than it uploaded',
  wrongFingerprint: "reports another MD5 than the archive's",
  wrongKey: 'reports an object key that it was not given',
  duplicates: 'sends every message twice',
  reorder: 'sends every second event before the one that precedes it',
  foreignExport: 'is busy with an export that another platform started, and reports that one',
  aircraftOff: 'has its aircraft off, whose module answers 324015, until it is switched on in debug mode',
  debuggedByOther: 'is in debug mode by another platform',
  stuck: 'goes silent in the middle of an upload and follows no cancel until it is restarted',
  unknownStatus: 'uses an undocumented status while it uploads',
  curious: 'tries what else its credentials allow before it uploads, and reports that',
  keepsVersion: 'says that it was upgraded, restarts, and runs what it ran before',
  rollsBack: 'runs the new version after an upgrade, restarts once more, and runs the old one again',
  okAfterRestart: 'says that it was upgraded only once it has restarted',
  vanishes: 'goes offline in the middle of an upgrade and does not come back',
  earlyTwin: 'says ok at half of an upload, goes on reporting progress, and says ok again at its end',
} as const

/** Faults with a value, and their effect on a dock. */
export const settings = {
  lateReply: 'answers this many milliseconds late, at every pace (5000)',
  networkFailure:
    'cannot upload more than this many bytes (0); ends in 324019, parts already stored stay behind',
  tooManyLogs: 'cannot pack more than this many logs of a device at once (1); ends in 324012',
  restartMidUpload:
    'loses power in the middle of an upload; then reports 324021 (reported) or nothing (silent)',
  refuseUpgrade: 'refuses to upgrade, with this code (312015)',
  failUpgrade: 'fails while it installs, with this code (312016)',
  refuseDebug: 'refuses to go into debug mode, with this code (514148)',
  refuseWake: 'refuses to switch its aircraft on, with this code (514123)',
  failWake: 'fails while it switches its aircraft on, with this code (514109)',
  refuseClose: 'refuses to leave debug mode, with this code (514116)',
  quirk: `has a quirk in the fields of its messages: ${fieldQuirks.join(', ')}`,
} as const

/** The faults of a simulated dock: any number at once. */
export type Faults = { [name in keyof typeof toggles]?: boolean } & {
  lateReply?: number
  networkFailure?: number
  tooManyLogs?: number
  restartMidUpload?: 'reported' | 'silent'
  refuseUpgrade?: number
  failUpgrade?: number
  refuseDebug?: number
  refuseWake?: number
  failWake?: number
  refuseClose?: number
  quirks?: readonly FieldQuirk[]
}

const whole = z.string().regex(/^\d+$/, 'a whole number is expected').transform(Number)
const inTime = whole.refine(
  (ms) => ms <= longestTimerMs,
  `at most ${longestTimerMs} milliseconds are possible`,
)
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, `one of ${names.join(', ')} is expected`)
const Setting = z.discriminatedUnion(
  'name',
  [
    z.object({ name: z.literal('lateReply'), value: inTime.default(5000) }),
    z.object({ name: z.literal('networkFailure'), value: whole.default(0) }),
    z.object({ name: z.literal('tooManyLogs'), value: whole.default(1) }),
    z.object({
      name: z.literal('restartMidUpload'),
      value: oneOf(['reported', 'silent']).default('reported'),
    }),
    z.object({ name: z.literal('refuseUpgrade'), value: whole.default(312_015) }),
    z.object({ name: z.literal('failUpgrade'), value: whole.default(312_016) }),
    z.object({ name: z.literal('refuseDebug'), value: whole.default(514_148) }),
    z.object({ name: z.literal('refuseWake'), value: whole.default(514_123) }),
    z.object({ name: z.literal('failWake'), value: whole.default(514_109) }),
    z.object({ name: z.literal('refuseClose'), value: whole.default(514_116) }),
    z.object({ name: z.literal('quirk'), value: oneOf(fieldQuirks) }),
    z.object({
      name: z.enum(Object.keys(toggles) as (keyof typeof toggles)[]),
      value: z.undefined('no value is expected'),
    }),
  ],
  `there is no such fault. Faults are ${[...Object.keys(toggles), ...Object.keys(settings)].join(', ')}`,
)

const readFault = (text: string): Faults => {
  const [name, ...values] = text.split(':')
  const read = Setting.safeParse({ name, value: values.length > 0 ? values.join(':') : undefined })
  if (!read.success) throw new TypeError(`fault "${text}": ${read.error.issues[0]?.message ?? ''}`)
  if (read.data.name === 'quirk') return { quirks: [read.data.value] }
  return { [read.data.name]: read.data.value ?? true }
}

/**
 * Parses faults of a command line: `name` or `name:value`. Throws a TypeError that says what is wrong: for an
 * unknown name it lists the names.
 */
export const parseFaults = (texts: readonly string[]): Faults => {
  const faults = texts.map(readFault)
  const quirks = faults.flatMap((fault) => fault.quirks ?? [])
  return Object.assign({}, ...faults, quirks.length > 0 && { quirks })
}
