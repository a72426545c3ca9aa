/**
 * What the vendor's codes mean for debug mode and an aircraft's power, and what an operator can do about
 * them. The meanings follow DJI's error code page and, for codes that it lacks, the vendor's demo; advice and
 * class are ours.
 */
import { type Codes, type Entry, type Explanation, explain, whenIdle } from '../dji-codes.ts'

/** Explains a code of a reply or a report. */
export const explainDebugResult = (code: number): Explanation => explain(code, codes)

/** The dock is being debugged already, on site or remotely. */
export const isDebuggedAlready = (code: number): boolean => code === 514_145 || code === 514_146

/** The dock is no longer in debug mode: a command to leave it has nothing to do. */
export const isOutOfDebugMode = (code: number): boolean => code === 514_153

const restart = 'Restart the dock, then try again. If that does not help, look at it on site.'
const onSite =
  'Inspect the dock on site: the aircraft must be in position, the rods closed, the contacts clean.'

const codes: Codes = new Map<number, Entry>([
  [514_100, ['dockFault', 'The dock has a fault.', restart, 'attend']],
  [
    514_103,
    ['batteryLow', 'The battery of the aircraft is too low for this.', 'Wait until it is charged.', 'wait'],
  ],
  [514_109, ['notPoweredOn', 'The aircraft could not be switched on.', onSite, 'attend']],
  [514_110, ['notPoweredOff', 'The aircraft could not be switched off.', restart, 'attend']],
  [514_113, ['aircraftNotFound', 'The rods of the dock find no aircraft.', onSite, 'attend']],
  [
    514_114,
    ['batteryUnread', 'The dock cannot read the state of the aircraft’s battery.', restart, 'attend'],
  ],
  [514_116, ['otherCommand', 'The dock is executing another command.', 'Try again in a minute.', 'wait']],
  [514_118, ['rodsOpen', 'The rods of the dock are not closed.', restart, 'attend']],
  [
    514_120,
    [
      'aircraftNotLinked',
      'Dock and aircraft have no connection.',
      'Restart the dock; if that does not help, link dock and aircraft again.',
      'attend',
    ],
  ],
  [
    514_121,
    [
      'emergencyStop',
      'The emergency stop of the dock is pressed.',
      'Release it on site, then try again.',
      'attend',
    ],
  ],
  [
    514_123,
    [
      'batteryEmpty',
      'The battery of the aircraft is too low to switch it on.',
      'Wait until it is charged, then try again.',
      'wait',
    ],
  ],
  [514_124, ['batteryUnknown', 'The dock has no data about the aircraft’s battery.', onSite, 'attend']],
  [
    514_136,
    ['powerSupply', 'The power supply of the dock has a fault.', 'Repair it, then try again.', 'attend'],
  ],
  [
    514_138,
    [
      'batteryMaintained',
      'The battery of the aircraft is being maintained.',
      'Wait until that has ended, then try again.',
      'wait',
    ],
  ],
  [514_141, ['dockSystemFault', 'The system of the dock has a fault.', restart, 'attend']],
  [
    514_145,
    [
      'onSiteDebugging',
      'Somebody debugs the dock on site.',
      'Wait until the remote controller is unplugged from the dock, then try again.',
      'wait',
    ],
  ],
  [
    514_146,
    [
      'remoteDebugging',
      'The dock is in debug mode already, which Groundcrew did not open.',
      'Wait until whoever opened it has closed it, or close it yourself if nobody needs it.',
      'wait',
    ],
  ],
  [
    514_147,
    [
      'upgrading',
      'The dock or its aircraft is being upgraded, so that it cannot be debugged.',
      'Wait until the upgrade has ended, then try again.',
      'wait',
    ],
  ],
  [514_148, ['dockWorking', 'The dock is at work, so that it cannot be debugged.', whenIdle, 'wait']],
  [
    514_149,
    ['wrongMode', 'The dock is in a mode in which it cannot execute the command.', restart, 'attend'],
  ],
  [514_150, ['dockRestarting', 'The dock is restarting.', 'Wait until it is back, then try again.', 'wait']],
  [
    514_151,
    [
      'upgradingFirmware',
      'The dock or its aircraft is being upgraded.',
      'Wait until the upgrade has ended, then try again.',
      'wait',
    ],
  ],
  [
    514_153,
    [
      'notDebugging',
      'The dock is no longer in debug mode.',
      'Whoever ended it may be working at the dock; try again later.',
      'wait',
    ],
  ],
  [
    514_170,
    ['dockStarting', 'The dock is starting up.', 'Wait until it has started, then try again.', 'wait'],
  ],
  [
    514_171,
    [
      'commandRefused',
      'The dock could not accept the parameters of the command.',
      'Check that its firmware supports remote debugging, and report this as a fault of Groundcrew.',
      'request',
    ],
  ],
])

/** Every code that has an explanation of its own. */
export const explainedCodes: readonly number[] = [...codes.keys()]
