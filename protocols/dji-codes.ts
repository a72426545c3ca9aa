/**
 * The result codes of DJI docks: what has to happen before the same request can succeed, and the codes that
 * may answer any command. Codes of one kind of command are in `results.ts` of its folder. The meanings follow
 * DJI's error code page; advice and class are ours.
 */

/**
 * What has to happen before the same request can succeed. `retry`: only time has to pass; `wait`: the dock or
 * the aircraft has to finish something; `attend`: somebody has to follow the advice; `watch`: nothing, it is
 * in progress already; `package`: another package is needed; `request`: another request is needed, or the
 * cause is unknown.
 */
export type ResultClass = 'retry' | 'wait' | 'attend' | 'watch' | 'package' | 'request'

/**
 * `retryable`: the same request, unchanged, can succeed later or after the advice was followed. False if the
 * request or the package has to change, or the cause is unknown.
 */
export type Explanation = {
  code: number
  name: string
  reason: string
  advice: string
  class: ResultClass
  retryable: boolean
}

/** Whether the same request may succeed later although nobody does anything. */
export const isTransient = (of: ResultClass): boolean => of === 'retry' || of === 'wait'

export type Entry = readonly [name: string, reason: string, advice: string, kind: ResultClass]
export type Codes = ReadonlyMap<number, Entry>

/**
 * Explains a result code by the codes of the command that it answers, and else by those that may answer any.
 * Unknown codes keep their number.
 */
export const explain = (code: number, ofCommand: Codes): Explanation => {
  const [name, reason, advice, kind] = ofCommand.get(code) ?? ofAnyCommand.get(code) ?? unknown(code)
  const retryable = kind !== 'package' && kind !== 'request'
  return { code, name, reason, advice, class: kind, retryable }
}

const unknown = (code: number): Entry => [
  'unknownResult',
  `The dock reported code ${code}, which Groundcrew does not know.`,
  "Check the dock's state on site or in its health messages, and ask DJI support about the code.",
  'request',
]

export const whenIdle = 'Wait until the dock is idle, then try again.'
export const powerOnAircraft =
  'Make sure that the aircraft is in the dock, power it on through remote debugging and try again. The logs of the dock can be uploaded without it.'

const ofAnyCommand: Codes = new Map<number, Entry>([
  [
    0,
    [
      'noReasonGiven',
      'The dock reported a failure, but its result code says success.',
      "Try again. If it happens again, check the dock's state on site.",
      'retry',
    ],
  ],
  [
    314_000,
    [
      'notPossibleNow',
      'The dock cannot do this in its present state, for example while flying or uploading logs.',
      whenIdle,
      'wait',
    ],
  ],
  [
    325_001,
    [
      'commandMalformed',
      'The dock could not accept the parameters of the command.',
      'Trying again will not help. Check that the firmware of the dock supports remote logs, and report this as a fault of Groundcrew.',
      'request',
    ],
  ],
  [325_003, ['commandFailed', 'The dock could not carry out the command.', 'Try again.', 'retry']],
  [
    325_004,
    ['deviceTimedOut', 'A part of the dock did not answer in time.', 'Try again in a few minutes.', 'retry'],
  ],
  [325_005, ['dockBusy', 'The dock cannot take commands now.', whenIdle, 'wait']],
  [325_006, ['dockPreparing', 'The dock is preparing a task.', whenIdle, 'wait']],
  [325_007, ['dockInTask', 'The dock is carrying out a task.', whenIdle, 'wait']],
  [325_008, ['dockFinishingTask', 'The dock is processing the results of a task.', whenIdle, 'wait']],
  [
    325_009,
    [
      'alreadyExporting',
      'The dock is exporting logs already, for us or for another platform; it does one export at a time.',
      'Wait until that export has ended or cancel it, then try again.',
      'wait',
    ],
  ],
  [325_010, ['updatingFlightArea', 'The dock is updating its custom flight area.', whenIdle, 'wait']],
  [325_011, ['updatingMap', 'The dock is updating its offline map.', whenIdle, 'wait']],
  [
    325_012,
    ['aircraftNotConnected', 'The aircraft is not connected to the dock.', powerOnAircraft, 'attend'],
  ],
])
