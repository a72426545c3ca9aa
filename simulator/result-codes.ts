/**
 * The vendor's result codes that a simulated dock answers with (developer.dji.com, Cloud API, error codes).
 * `aircraftLogsMissing` and `logsMissing` also answer a start that names a boot the device does not have: the
 * vendor documents no code of its own for that, and these two say that the chosen logs could not be obtained.
 */
export const resultCodes = {
  ok: 0,
  tooManyLogs: 324012,
  aircraftOff: 324015,
  aircraftLogsMissing: 324017,
  logsMissing: 324018,
  uploadFailed: 324019,
  restarted: 324021,
  parameterError: 325001,
  commandFailed: 325003,
  busy: 325009,
} as const
