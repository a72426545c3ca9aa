/**
 * Where the storage check puts its probes. No serial number of a dock has a hyphen, so no dock can be lent
 * either folder, and what arrives there is no archive (`storage/object-key.ts`). Plain data: the stack limits
 * the check's own rights to it.
 */
export const probeScope = { fleet: 'groundcrew', dockSn: 'storage-check' } as const

/** The folder that the probe's credentials are for, and another that they must not open. */
export const probeFolder = `${probeScope.fleet}/${probeScope.dockSn}`
export const neighbourFolder = `${probeFolder}-neighbour`

/** Every key that the check may leave something under, as a pattern of IAM. */
export const probeKeys = `${probeFolder}*`
