/** Every state of an upgrade. */

export const upgradeStates = [
  'pending',
  'upgrading',
  'succeeded',
  'failed',
  'timedOut',
  'rolledBack',
  'closed',
] as const

/** Ends without success. */
export const unsuccessfulUpgrades = ['failed', 'timedOut', 'rolledBack'] as const

export type UpgradeState = (typeof upgradeStates)[number]
