/**
 * Where the storage check puts its probes. Serial numbers of docks have no hyphen, so no dock can get
 * credentials for either folder, and nothing in them counts as an archive (`storage/object-key.ts`). Plain
 * data: the stack limits the rights of the check to these folders.
 */
export const probeScope = { fleet: 'groundcrew', dockSn: 'storage-check' } as const

/** The folder for which the probe gets credentials, and another that these must not open. */
export const probeFolder = `${probeScope.fleet}/${probeScope.dockSn}`
export const neighbourFolder = `${probeFolder}-neighbour`

/** All keys under which the check may leave objects, as an IAM pattern. */
export const probeKeys = `${probeFolder}*`
