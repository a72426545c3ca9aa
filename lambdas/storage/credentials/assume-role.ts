import { AssumeRoleCommand, type AssumeRoleCommandInput, type STSClient } from '@aws-sdk/client-sts'
import { OwnError } from '../../runtime/own-error.ts'
import type { UploadCredentials } from './provider.ts'

/**
 * A session of a role, from AWS's STS or one that speaks like it. Each call opens a new one.
 * @throws the SDK's error, named by the service's code, or an Error where the answer holds no credentials.
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
