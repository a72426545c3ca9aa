import { readFileSync } from 'node:fs'

/** The licence file cannot be used. The message says what to do. */
export class LicenceFileError extends Error {
  override readonly name = 'LicenceFileError'
}

/** The secret from which the functions read the licence for docks. */
export const licenceSecretArn =
  'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/docks-local2'

/** A simulated dock accepts any licence; a real one checks it with the vendor and disconnects. */
const madeUpLicence = JSON.stringify({ appId: '1', appKey: 'made-up', appLicense: 'made-up' })

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new LicenceFileError(
      `--licence: ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** Options and secrets of a local stack. */
type Given = { context?: Record<string, unknown>; secrets?: ReadonlyMap<string, string> }

/**
 * Adds the options and secrets that make the stack the docks' only platform, with accounts for their login.
 * `licenceFile`: a file with the values of your own app, `{ "appId", "appKey", "appLicense" }`, in the format
 * of the secret in AWS. If its content is wrong, the dock that asks gets the error, and the log has it.
 * @throws LicenceFileError if the file cannot be read.
 */
export const withDockServer = ({ context = {}, secrets = new Map() }: Given = {}, licenceFile?: string) => ({
  context: { ...context, dockServer: 'on', dockLogin: 'on', dockLicenceSecretArn: licenceSecretArn },
  secrets: new Map([
    ...secrets,
    [licenceSecretArn, licenceFile === undefined ? madeUpLicence : read(licenceFile)],
  ]),
})
