/**
 * Why a chosen device does not take part. `anotherOpen`: it has an attempt outside of this campaign;
 * `notPermitted`: it is in another fleet, or was removed; `modelNotAllowed`: the package is for other models,
 * or the device's model is unknown; `noDock`: the package is for docks, and none speaks for this serial
 * number.
 */
export const skipReasons = ['anotherOpen', 'notPermitted', 'modelNotAllowed', 'noDock'] as const
export type SkipReason = (typeof skipReasons)[number]

/** `sourceNotAllowed`: the package is for other versions than the one that the device runs. */
export const dryReasons = [...skipReasons, 'sourceNotAllowed'] as const
export type DryReason = (typeof dryReasons)[number]
