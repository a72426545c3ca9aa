/**
 * Why a device that was chosen does not take part. `anotherOpen`: it is upgrading apart from this campaign;
 * `notPermitted`: it is of another fleet, or was removed; `modelNotAllowed`: the package is for other models, or nobody said
 * what the device is; `noDock`: the package is for docks, and none speaks for this serial number.
 */
export const skipReasons = ['anotherOpen', 'notPermitted', 'modelNotAllowed', 'noDock'] as const
export type SkipReason = (typeof skipReasons)[number]

/** `sourceNotAllowed`: the package is for other versions than the one that it runs. */
export const dryReasons = [...skipReasons, 'sourceNotAllowed'] as const
export type DryReason = (typeof dryReasons)[number]
