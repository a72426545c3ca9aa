import { AssumeRoleCommand, type AssumeRoleCommandInput, type STSClient } from '@aws-sdk/client-sts'
import { OwnError } from '../../runtime/own-error.ts'
import type { UploadCredentials } from './provider.ts'

/**
 * Assumes a role at AWS's STS or a compatible one. Each call opens a new session.
 * @throws the SDK's error, named by the service's code, or an Error if the response has no credentials
 */
export const assumeRole = async (
  client: STSClient,
  input: AssumeRoleCommandInput,
): Promise<UploadCredentials['credentials']> => {
  const { Credentials: lent } = await client.send(new AssumeRoleCommand(input))
  if (!lent?.AccessKeyId || !lent.SecretAccessKey || !lent.SessionToken || !lent.Expiration)
    throw new OwnError('STS answered without credentials')
  return {
    accessKeyId: lent.AccessKeyId,
    secretAccessKey: lent.SecretAccessKey,
    sessionToken: lent.SessionToken,
    expiresAt: lent.Expiration.getTime(),
  }
}
