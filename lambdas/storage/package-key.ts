/**
 * Where the files of packages lie. No serial number of a dock has a hyphen, so no dock can be lent this
 * folder, and nothing in it is taken for an archive (`storage/object-key.ts`). Plain data: the stack limits
 * the rights of functions to it.
 */
export const packageFolder = 'groundcrew/upgrade-packages'

/** Every key of a package's file, as a pattern of IAM. */
export const packageKeys = `${packageFolder}/*`

/** A key of its own for each upload: what one brings never takes the place of what another did. */
export const packageFileKey = (packageId: string, uploadId: string, fileName: string): string =>
  `${packageFolder}/${packageId}/${uploadId}/${fileName}`
