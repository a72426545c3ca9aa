/**
 * What the vendor's codes mean for uploads of logs, and what an operator can do about them. The meanings
 * follow DJI's error code page and, for 324001, its demo (README.md); advice and class are ours.
 */
import { type Codes, type Entry, type Explanation, explain, powerOnAircraft } from '../dji-codes.ts'

/** Explains a result code of a reply, of one module in it, or of a progress report. */
export const explainLogResult = (code: number): Explanation => explain(code, codes)

/** The same request with fewer logs can succeed where this one did not. */
export const asksForFewerLogs = (code: number): boolean => code === tooManyLogs

const tooManyLogs = 324_012

/** The aircraft has to be switched on before its logs can be read. */
export const asksForAircraft = (code: number): boolean => code === aircraftOff

const aircraftOff = 324_015

const afterLogs = 'Wait until the log export has ended or cancel it, then start the flight again.'

const codes: Codes = new Map<number, Entry>([
  [
    319_001,
    ['flightRefusedBusy', 'A flight was refused: the dock is at work or uploads logs.', afterLogs, 'wait'],
  ],
  [
    319_018,
    ['flightRefusedExporting', 'A flight was refused: the dock exports logs by itself.', afterLogs, 'wait'],
  ],
  [319_019, ['flightRefusedCollecting', 'A flight was refused: the dock collects logs.', afterLogs, 'wait']],
  [
    324_001,
    [
      'exportInterrupted',
      'The device restarted during the export.',
      'Try again once the dock is back.',
      'wait',
    ],
  ],
  [
    tooManyLogs,
    [
      'tooManyLogs',
      'Compressing took too long because too many logs were chosen.',
      'Choose fewer logs, or start several uploads.',
      'request',
    ],
  ],
  [
    324_013,
    [
      'listUnavailable',
      'The dock could not obtain the list of logs.',
      'Try again in a few minutes.',
      'retry',
    ],
  ],
  [
    324_014,
    [
      'noLogs',
      'The device holds no logs.',
      'There is nothing to upload. If there should be logs, restart the dock and list again.',
      'request',
    ],
  ],
  [
    aircraftOff,
    ['aircraftOff', 'The aircraft is off or not connected to the dock.', powerOnAircraft, 'attend'],
  ],
  [
    324_016,
    [
      'dockStorageFull',
      'The dock has too little free storage to compress the logs.',
      'Free storage on the dock or choose fewer logs, then try again.',
      'attend',
    ],
  ],
  [
    324_017,
    [
      'aircraftLogsUnavailable',
      "The aircraft's logs could not be obtained, so nothing was compressed.",
      'List the logs again and retry, or upload only the logs of the dock. If it happens again, restart the dock.',
      'retry',
    ],
  ],
  [
    324_018,
    [
      'collectingFailed',
      'The dock could not collect the logs.',
      'Try again in a few minutes. If it happens again, restart the dock.',
      'retry',
    ],
  ],
  [
    324_019,
    [
      'uploadFailed',
      'The upload failed; the dock blames its network. Refused credentials or a wrong storage address may look the same.',
      "Check the dock's network and that it reaches the storage endpoint, then try again: a new upload has fresh credentials.",
      'retry',
    ],
  ],
  [
    324_021,
    [
      'dockRestarted',
      'The dock lost power or restarted during the export.',
      'Try again once the dock is back.',
      'wait',
    ],
  ],
  [
    324_030,
    [
      'mediaUploadFailed',
      'The dock could not upload media files; this is not about logs.',
      "Check the dock's network and its link to the aircraft, then try again.",
      'retry',
    ],
  ],
])
