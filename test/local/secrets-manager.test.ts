import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { createPrincipals } from '../../local/iam/principals.ts'
import { createSecretsManager } from '../../local/secrets-manager.ts'
import { listen } from '../../local/servers.ts'
import { serviceAccess } from '../../local/service-access.ts'

const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:000000000000:secret:${name}`
const readable = arn('storage-AbCdEf')
const other = arn('other-AbCdEf')
const roleArn = 'arn:aws:iam::000000000000:role/reader'

describe('the local Secrets Manager', () => {
  const secrets = new Map([
    [readable, 'first'],
    [other, 'hidden'],
  ])
  const warnings: string[] = []
  const clients: SecretsManagerClient[] = []
  let server: Awaited<ReturnType<typeof listen>>
  let credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string }

  const read = async (SecretId: string, secretAccessKey = credentials.secretAccessKey) => {
    const client = new SecretsManagerClient({
      endpoint: server.url,
      region: 'eu-central-1',
      maxAttempts: 1,
      credentials: { ...credentials, secretAccessKey },
    })
    clients.push(client)
    return client.send(new GetSecretValueCommand({ SecretId })).then(
      ({ SecretString }) => SecretString,
      (error: Error) => error.name,
    )
  }

  before(async () => {
    const principals = createPrincipals({
      roles: [
        {
          arn: roleArn,
          name: 'reader',
          policies: [
            {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Action: 'secretsmanager:GetSecretValue',
                  Resource: [readable, arn('gone-AbCdEf')],
                },
              ],
            },
          ],
          trust: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
            ],
          },
          maxSessionSeconds: 3600,
        },
      ],
      secret: 'test',
      now: Date.now,
    })
    const access = serviceAccess(principals, 'secretsmanager', (line) => warnings.push(line))
    server = await listen(createSecretsManager({ secrets, ...access }))
    credentials = (await principals.issue(roleArn, { sessionName: 's', durationSeconds: 900 })).credentials
  })
  after(async () => {
    for (const client of clients) client.destroy()
    await server.close()
  })

  test('shows a secret to a role that may read it, as it is now', async () => {
    assert.equal(await read(readable), 'first')
    secrets.set(readable, 'second')
    assert.equal(await read(readable), 'second')
  })

  test('refuses it to others, and says which right is missing', async () => {
    assert.equal(await read(other), 'AccessDeniedException')
    assert.match(warnings.join('\n'), /secretsmanager:GetSecretValue/)
    assert.equal(await read(readable, 'forged'), 'InvalidSignatureException')
  })

  test('has no secret that was not created', async () =>
    assert.equal(await read(arn('gone-AbCdEf')), 'ResourceNotFoundException'))

  test('finds secrets by full ARN only, and does nothing else', async () => {
    assert.equal(await read('storage'), 'InvalidParameterException')
    const client = new SecretsManagerClient({ endpoint: server.url, region: 'eu-central-1', credentials })
    clients.push(client)
    await assert.rejects(client.send(new DescribeSecretCommand({ SecretId: readable })), {
      name: 'InvalidAction',
    })
  })
})
