/**
 * What the vendor's result codes mean, and what an operator can do about them. The meanings follow IoTDA's
 * page on upgrade reports (iot_06_v5_3031, 2025-05-26); the advice, and whether to try again, are ours.
 *
 * A code alone is weak evidence: one of the vendor's samples reports every failure as 1, another a bad
 * signature as 3, and some firmware numbers the codes from 2 on one lower. So codes are kept as sent, beside
 * the device's description.
 */

/**
 * `retryable`: the same upgrade, unchanged, can succeed later or after the advice was followed. False if the
 * package has to change, or the cause is unknown.
 */
export type Explanation = { code: number; name: string; reason: string; advice: string; retryable: boolean }

/** Codes that are more than a reason for failure. */
export const resultCodes = { success: 0, alreadyLatest: 3, downloadTimedOut: 6 } as const

/**
 * Whether the package did not reach the device, so that another link may help: the vendor's SDKs report this
 * code for any answer of storage but 200, including that for an expired link.
 */
export const needsNewLink = (code: number): boolean => code === resultCodes.downloadTimedOut

/** Explains a result code of an upgrade report. Unknown codes keep their number. */
export const explainOtaResult = (code: number): Explanation => {
  const [name, reason, advice, retry] = explanations.get(code) ?? unknown(code)
  return { code, name, reason, advice, retryable: retry === 'again' }
}

type Entry = readonly [name: string, reason: string, advice: string, retry: 'again' | 'never']

const unknown = (code: number): Entry => [
  'unknownResult',
  `The device reported code ${code}, which is not in the vendor's list.`,
  "Read the description that the device sent, and ask the firmware's maker about the code.",
  'never',
]

const explanations: ReadonlyMap<number, Entry> = new Map<number, Entry>([
  [
    resultCodes.success,
    [
      'success',
      'The device reports no fault.',
      'There is nothing to do. Whether the upgrade is complete shows in the version that the device reports.',
      'never',
    ],
  ],
  [
    1,
    [
      'deviceInUse',
      'The device is in use.',
      'Try again once the device is idle. Some firmware sends this code for any failure, so read the description, too.',
      'again',
    ],
  ],
  [
    2,
    [
      'poorSignal',
      'The signal of the device is too poor for an upgrade.',
      'Improve the connection of the device or wait until it is better, then try again.',
      'again',
    ],
  ],
  [
    resultCodes.alreadyLatest,
    [
      'alreadyLatest',
      'The device considers its version the latest, but it is not known to be the target.',
      'Compare the version that the device reports with the target, and check that the package is meant for this device. Some firmware sends this code for a package that fails verification, so read the description, too.',
      'never',
    ],
  ],
  [4, ['lowBattery', 'The battery of the device is too low.', 'Charge the device, then try again.', 'again']],
  [
    5,
    [
      'storageFull',
      'The device has too little free storage for the package.',
      'Free storage on the device, then try again.',
      'again',
    ],
  ],
  [
    resultCodes.downloadTimedOut,
    [
      'downloadTimedOut',
      'The device could not download the package in time.',
      "Check the device's network, and that the address of the package is still valid, then try again.",
      'again',
    ],
  ],
  [
    7,
    [
      'verificationFailed',
      'The package did not pass verification on the device.',
      'Compare the checksum and the signature of the package with those that the device was given. If they agree, the package may be damaged or meant for another device.',
      'never',
    ],
  ],
  [
    8,
    [
      'packageUnsupported',
      'The device does not support this type of package.',
      'Choose a package made for this type of device.',
      'never',
    ],
  ],
  [
    9,
    [
      'memoryFull',
      'The device has too little memory for the upgrade.',
      'Restart the device or end what else it does, then try again.',
      'again',
    ],
  ],
  [
    10,
    [
      'installFailed',
      'The device could not install the package.',
      'Check that the package fits the device and may follow the version that it has. The device may need a look on site.',
      'never',
    ],
  ],
  [
    255,
    [
      'internalError',
      'Something went wrong inside the device.',
      'Read the description that the device sent and its own logs.',
      'never',
    ],
  ],
])
