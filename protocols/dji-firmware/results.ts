/**
 * What the vendor's codes mean for an upgrade, and what an operator can do about them. The meanings follow
 * DJI's error code page (API v1.16.1) and, for codes that it lacks, the vendor's demo, which gives no causes
 * for most; advice and class are ours.
 */
import { type Codes, type Entry, type Explanation, explain, whenIdle } from '../dji-codes.ts'

/** The device is upgrading already: we watch that upgrade, and send nothing. */
export const isUpgradingAlready = (code: number): boolean => codes.get(code)?.[3] === 'watch'

/**
 * Explains the result code of a reply to an offer or of an upgrade's progress; 0 is a failure for which the
 * dock gave no reason.
 */
export const explainFirmwareResult = (code: number): Explanation => explain(code, codes)

const again = 'Try again.'
const checkPackage = 'Check that the package is for this model and complete; then make a new one.'
const reportFault =
  'Trying again will not help. Check that the firmware of the dock supports upgrades by a server, and report this as a fault of Groundcrew.'

/** The demo lists these separately, with the same text for each. */
const unexplained = (name: string, step: string): Entry => [
  name,
  `The upgrade failed while ${step}; the vendor gives no cause.`,
  `${again} If it happens again, restart dock and aircraft.`,
  'retry',
]

const codes: Codes = new Map<number, Entry>([
  [
    312_001,
    [
      'consistencyNotNeeded',
      'A consistency upgrade was requested, but no part of the machine needs one.',
      'There is nothing to do. For another release, offer a normal upgrade.',
      'request',
    ],
  ],
  [312_002, unexplained('preparingFailed', 'it was prepared')],
  [312_003, unexplained('validationFailed', 'the request was validated')],
  [312_004, unexplained('secondPreparingFailed', 'it was prepared a second time')],
  [312_010, ['protocolUnsupported', 'The dock does not recognize the request.', reportFault, 'request']],
  [312_012, ['parametersRefused', 'The dock refused parameters of the request.', reportFault, 'request']],
  [312_013, unexplained('commandFailed', 'the dock passed on its first command')],
  [
    312_014,
    [
      'alreadyUpgrading',
      'The device is being upgraded already.',
      'Wait until that upgrade has ended, and see which version it brought.',
      'watch',
    ],
  ],
  [312_015, ['dockBusy', 'The dock is at work or in flight, and cannot upgrade.', whenIdle, 'wait']],
  [
    312_016,
    [
      'linkFaulty',
      'The link between dock and aircraft does not work.',
      'Restart dock and aircraft, power the aircraft on, then try again.',
      'attend',
    ],
  ],
  [
    312_017,
    ['versionCheckFailed', 'The version of the package could not be checked.', checkPackage, 'package'],
  ],
  [312_018, unexplained('secondCommandFailed', 'the dock passed on its second command')],
  [312_019, unexplained('thirdCommandFailed', 'the dock passed on its third command')],
  [312_020, unexplained('fourthCommandFailed', 'the dock passed on its fourth command')],
  [312_021, unexplained('fifthCommandFailed', 'the dock passed on its fifth command')],
  [
    312_022,
    [
      'aircraftNotReady',
      'The aircraft could not be powered on, or is not connected.',
      'Make sure that the aircraft is in the dock, has its battery and is linked; power it on through remote debugging, leave that, then try again.',
      'attend',
    ],
  ],
  [
    312_023,
    [
      'pushRodsStuck',
      'The push rods did not close.',
      'On site, release the emergency stop and clear the push rods, then try again.',
      'attend',
    ],
  ],
  [312_024, unexplained('sixthCommandFailed', 'the dock passed on its sixth command')],
  [
    312_025,
    [
      'oldPackageStays',
      'The old package could not be deleted.',
      `${again} If it happens again, restart the dock.`,
      'retry',
    ],
  ],
  [312_026, ['unpackingFailed', 'The package could not be unpacked.', `${again} ${checkPackage}`, 'retry']],
  [
    312_027,
    [
      'noAircraftInDock',
      'The dock detects no aircraft inside.',
      'Wait until the aircraft is back in the dock, then try again.',
      'wait',
    ],
  ],
  [
    312_028,
    [
      'restartedMeanwhile',
      'The device was restarted during the upgrade.',
      'Wait until it is back and see which version it runs; then try again.',
      'wait',
    ],
  ],
  [312_029, ['restarting', 'The device is restarting.', 'Wait until it is back, then try again.', 'wait']],
  [
    312_030,
    [
      'enhancedTransmissionOn',
      'The enhanced transmission of the aircraft is switched on.',
      'Switch off the enhanced (4G) transmission of the aircraft, then try again.',
      'attend',
    ],
  ],
  [
    312_704,
    [
      'batteryLow',
      'The battery of the aircraft is below 20 percent.',
      'Wait until it is charged, then try again.',
      'wait',
    ],
  ],
  [
    316_034,
    [
      'firmwareMismatch',
      'A take-off was refused: the firmware of dock and aircraft do not fit each other.',
      'Upgrade both to versions that the vendor names together.',
      'request',
    ],
  ],
  [
    319_038,
    [
      'upgradeUnderWay',
      'The device is being upgraded, and cannot do anything else.',
      'Wait until that upgrade has ended, and see which version it brought.',
      'watch',
    ],
  ],
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
      'The dock is in remote debugging.',
      'Wait until whoever opened it has closed it, or close it if nobody needs it, then try again.',
      'wait',
    ],
  ],
  [
    514_147,
    [
      'noDebuggingMeanwhile',
      'The device is being upgraded, so that it can be neither debugged nor flown.',
      'Wait until that upgrade has ended, and see which version it brought.',
      'watch',
    ],
  ],
  [514_148, ['dockWorking', 'The dock is at work.', whenIdle, 'wait']],
  [
    514_149,
    [
      'systemFault',
      'The system of the dock has a fault.',
      'Restart the dock, and inspect it on site if that does not help; then try again.',
      'attend',
    ],
  ],
  [514_150, ['dockRestarting', 'The dock is restarting.', 'Wait until it is back, then try again.', 'wait']],
  [
    514_151,
    [
      'noRestartMeanwhile',
      'The device is being upgraded, so that it cannot be restarted.',
      'Wait until that upgrade has ended, and see which version it brought.',
      'watch',
    ],
  ],
  [
    514_170,
    ['dockStarting', 'The dock is starting up.', 'Wait until it has started, then try again.', 'wait'],
  ],
])
