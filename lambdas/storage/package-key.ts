/**
 * The folder of package files. Serial numbers of docks have no hyphen, so no dock can get credentials for
 * this folder, and nothing in it counts as an archive (`storage/object-key.ts`). Plain data: the stack limits
 * the rights of functions to the folder.
 */
export const packageFolder = 'groundcrew/upgrade-packages'

/** The keys of all package files, as an IAM pattern. */
export const packageKeys = `${packageFolder}/*`

/** Each upload has its own key, so that no upload overwrites the file of another. */
export const packageFileKey = (packageId: string, uploadId: string, fileName: string): string =>
  `${packageFolder}/${packageId}/${uploadId}/${fileName}`
