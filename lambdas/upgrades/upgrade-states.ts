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

export type UpgradeState = (typeof upgradeStates)[number]
