/**
 * What the vendor's result codes mean, and what an operator can do about them: those of log uploads, and
 * those that may answer any command, which `dji-firmware` and `dji-remote-debug` fall back on. The meanings
 * follow DJI's error code page (API v1.16.1, 2025-12-17) and, for 324001, its demo; the advice, and whether
 * to try again, are ours.
 */

/**
 * `retryable`: the same request, unchanged, can succeed later or after the advice was followed. False if the
 * request itself has to change, or the cause is unknown.
 */
export type Explanation = { code: number; name: string; reason: string; advice: string; retryable: boolean }

/**
 * Explains a result code of a reply, of one module in it, or of a progress report. Unknown codes keep their
 * number.
 */
export const explainResult = (code: number): Explanation => {
  const [name, reason, advice, retry] = explanations.get(code) ?? unknown(code)
  return { code, name, reason, advice, retryable: retry === 'again' }
}

/** The same request with fewer logs can succeed where this one did not. */
export const asksForFewerLogs = (code: number): boolean => code === tooManyLogs

const tooManyLogs = 324012

/** The aircraft has to be switched on before its logs can be read. */
export const asksForAircraft = (code: number): boolean => code === aircraftOff

const aircraftOff = 324015

/**
 * `retry: 'again'` allows an automatic retry of the same request. The code that asks for fewer logs is
 * `never`, because uploads of half as many follow instead (`asksForFewerLogs`).
 */
type Entry = readonly [name: string, reason: string, advice: string, retry: 'again' | 'never']

const unknown = (code: number): Entry => [
  'unknownResult',
  `The dock reported code ${code}, which is not in the vendor's list.`,
  "Check the dock's state on site or in its health messages, and ask DJI support about the code.",
  'never',
]

const whenIdle = 'Wait until the dock is idle, then try again.'
const afterLogs = 'Wait until the log export has ended or cancel it, then start the flight again.'
const powerOnAircraft =
  'Make sure that the aircraft is in the dock, power it on through remote debugging and try again. The logs of the dock can be uploaded without it.'

const explanations: ReadonlyMap<number, Entry> = new Map<number, Entry>([
  [
    0,
    [
      'noReasonGiven',
      'The dock reported a failure, but its result code says success.',
      "Try again. If it happens again, check the dock's state on site.",
      'again',
    ],
  ],
  [
    314000,
    [
      'notPossibleNow',
      'The dock cannot do this in its present state, for example while flying or uploading logs.',
      whenIdle,
      'again',
    ],
  ],
  [
    319001,
    ['flightRefusedBusy', 'A flight was refused: the dock is at work or uploads logs.', afterLogs, 'again'],
  ],
  [
    319018,
    ['flightRefusedExporting', 'A flight was refused: the dock exports logs by itself.', afterLogs, 'again'],
  ],
  [319019, ['flightRefusedCollecting', 'A flight was refused: the dock collects logs.', afterLogs, 'again']],
  [
    324001,
    [
      'exportInterrupted',
      'The device restarted during the export.',
      'Try again once the dock is back.',
      'again',
    ],
  ],
  [
    tooManyLogs,
    [
      'tooManyLogs',
      'Compressing took too long because too many logs were chosen.',
      'Choose fewer logs, or upload them in several jobs.',
      'never',
    ],
  ],
  [
    324013,
    [
      'listUnavailable',
      'The dock could not obtain the list of logs.',
      'Try again in a few minutes.',
      'again',
    ],
  ],
  [
    324014,
    [
      'noLogs',
      'The device holds no logs.',
      'There is nothing to upload. If there should be logs, restart the dock and list again.',
      'never',
    ],
  ],
  [324015, ['aircraftOff', 'The aircraft is off or not connected to the dock.', powerOnAircraft, 'again']],
  [
    324016,
    [
      'dockStorageFull',
      'The dock has too little free storage to compress the logs.',
      'Free storage on the dock or choose fewer logs, then try again.',
      'again',
    ],
  ],
  [
    324017,
    [
      'aircraftLogsUnavailable',
      "The aircraft's logs could not be obtained, so nothing was compressed.",
      'List the logs again and retry, or upload only the logs of the dock. If it happens again, restart the dock.',
      'again',
    ],
  ],
  [
    324018,
    [
      'collectingFailed',
      'The dock could not collect the logs.',
      'Try again in a few minutes. If it happens again, restart the dock.',
      'again',
    ],
  ],
  [
    324019,
    [
      'uploadFailed',
      'The upload failed; the dock blames its network. Refused credentials or a wrong storage address may look the same.',
      "Check the dock's network and that it reaches the storage endpoint, then try again: a new job has fresh credentials.",
      'again',
    ],
  ],
  [
    324021,
    [
      'dockRestarted',
      'The dock lost power or restarted during the export.',
      'Try again once the dock is back.',
      'again',
    ],
  ],
  [
    324030,
    [
      'mediaUploadFailed',
      'The dock could not upload media files; this is not about logs.',
      "Check the dock's network and its link to the aircraft, then try again.",
      'again',
    ],
  ],
  [
    325001,
    [
      'commandMalformed',
      'The dock could not accept the parameters of the command.',
      'Trying again will not help. Check that the firmware of the dock supports remote logs, and report this as a fault of Groundcrew.',
      'never',
    ],
  ],
  [325003, ['commandFailed', 'The dock could not carry out the command.', 'Try again.', 'again']],
  [
    325004,
    ['deviceTimedOut', 'A part of the dock did not answer in time.', 'Try again in a few minutes.', 'again'],
  ],
  [325005, ['dockBusy', 'The dock cannot take commands now.', whenIdle, 'again']],
  [325006, ['dockPreparing', 'The dock is preparing a task.', whenIdle, 'again']],
  [325007, ['dockInTask', 'The dock is carrying out a task.', whenIdle, 'again']],
  [325008, ['dockFinishingTask', 'The dock is processing the results of a task.', whenIdle, 'again']],
  [
    325009,
    [
      'alreadyExporting',
      'The dock is exporting logs already, for us or for another platform; it does one export at a time.',
      'Wait until that export has ended or cancel it, then try again.',
      'again',
    ],
  ],
  [325010, ['updatingFlightArea', 'The dock is updating its custom flight area.', whenIdle, 'again']],
  [325011, ['updatingMap', 'The dock is updating its offline map.', whenIdle, 'again']],
  [325012, ['aircraftNotConnected', 'The aircraft is not connected to the dock.', powerOnAircraft, 'again']],
])
