/**
 * The vendor's result codes that a simulated dock answers with (developer.dji.com, Cloud API, error codes).
 * `aircraftLogsMissing` and `logsMissing` also answer a start that names a boot the device does not have: the
 * vendor documents no code of its own for that, and these two say that the chosen logs could not be obtained.
 * Likewise it has none for a package that cannot be fetched, or is another than announced: `downloadFailed`
 * and `invalid` are of those whose cause it does not tell.
 */
export const resultCodes = {
  ok: 0,
  /** Of upgrades. */
  noneNeeded: 312001,
  invalid: 312003,
  upgradeParameters: 312012,
  downloadFailed: 312013,
  upgrading: 312014,
  upgradeBusy: 312015,
  aircraftNotReady: 312022,
  upgradeInterrupted: 312028,
  notPossibleNow: 314000,
  /** Of debug mode. */
  otherCommand: 514116,
  debuggedAlready: 514146,
  debuggedNever: 514147,
  atWork: 514148,
  notDebugged: 514153,
  /** Of log exports. */
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
