/**
 * The vendor's result codes of a simulated dock (developer.dji.com, Cloud API, error codes).
 * `aircraftLogsMissing` and `logsMissing` also answer a start with an unknown boot: the vendor documents no
 * code for that, and these two say that the selected logs could not be obtained. Likewise there is no code
 * for a package that cannot be downloaded, or is not the announced one: `downloadFailed` and `invalid` are
 * codes without a documented cause.
 */
export const resultCodes = {
  ok: 0,
  /** Upgrades. */
  noneNeeded: 312001,
  invalid: 312003,
  upgradeParameters: 312012,
  downloadFailed: 312013,
  upgrading: 312014,
  upgradeBusy: 312015,
  aircraftNotReady: 312022,
  upgradeInterrupted: 312028,
  notPossibleNow: 314000,
  /** Debug mode. */
  otherCommand: 514116,
  debuggedAlready: 514146,
  debuggedNever: 514147,
  atWork: 514148,
  notDebugged: 514153,
  /** Log exports. */
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
