import { readFileSync } from 'node:fs'

/** A licence file that cannot be used, in words that help. */
export class LicenceFileError extends Error {
  override readonly name = 'LicenceFileError'
}

/** Where the functions find the licence that docks get. */
export const licenceSecretArn =
  'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/docks-local2'

/** A simulated dock takes anything; a real one checks it at the vendor's and leaves. */
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

/** Options and secrets with which a local stack is started. */
type Given = { context?: Record<string, unknown>; secrets?: ReadonlyMap<string, string> }

/**
 * The same with which the stack is the docks' only platform, where they log in with accounts. `licenceFile`: a file with the values of one's
 * own app, `{ "appId", "appKey", "appLicense" }`, as the secret in AWS has them; what is wrong in it is told to
 * the dock that asks, and in the log.
 * @throws LicenceFileError when it cannot be read.
 */
export const withDockServer = ({ context = {}, secrets = new Map() }: Given = {}, licenceFile?: string) => ({
  context: { ...context, dockServer: 'on', dockLogin: 'on', dockLicenceSecretArn: licenceSecretArn },
  secrets: new Map([
    ...secrets,
    [licenceSecretArn, licenceFile === undefined ? madeUpLicence : read(licenceFile)],
  ]),
})
