import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane'
import { authenticate } from '../../../local/iam/authenticate.ts'
import type { Service } from '../../../local/iam/authentication-failures.ts'
import { authorize } from '../../../local/iam/authorize.ts'
import { type Credentials, createPrincipals } from '../../../local/iam/principals.ts'

const roleArn = 'arn:aws:iam::111122223333:role/function'
const table = 'arn:aws:dynamodb:eu-west-1:111122223333:table/groundcrew'
const clock = { ahead: 0 }
const now = () => Date.now() + clock.ahead
const principals = createPrincipals({
  roles: [
    {
      arn: roleArn,
      name: 'function',
      policies: [
        {
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: table },
        },
      ],
      trust: {
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      },
      maxSessionSeconds: 3600,
    },
  ],
  secret: 'a secret only this test knows',
  now,
})

type Received = { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer }

describe('a request to a service without its own server here', () => {
  let received: Received | undefined
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const { method = '', url = '', headers } = request
    received = { method, url, headers, body }
    response.end('{}')
  })
  let credentials: Credentials
  let endpoint = ''
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    credentials = (
      await principals.issue(roleArn, { sessionName: 'start-log-upload', durationSeconds: 3600 })
    ).credentials
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })

  /** What a client puts on the wire. */
  const capture = async (
    service: 'dynamodb' | 'iotdata',
    more: Partial<Credentials> = {},
  ): Promise<Received> => {
    const config = { endpoint, region: 'eu-west-1', credentials: { ...credentials, ...more } }
    if (service === 'dynamodb') {
      const client = new DynamoDBClient(config)
      await client.send(new UpdateItemCommand({ TableName: 'groundcrew', Key: { pk: { S: 'dock#1' } } }))
      client.destroy()
    } else {
      const client = new IoTDataPlaneClient(config)
      await client.send(
        new PublishCommand({ topic: 'thing/product/DOCK 1/services', qos: 1, payload: Buffer.from('{}') }),
      )
      client.destroy()
    }
    assert.ok(received)
    return received
  }
  const check = async (service: Service, request: Received) => {
    const identity = await authenticate(principals, { service, ...request })
    return identity.outcome === 'authenticated' ? 'authenticated' : `${identity.code} ${identity.status}`
  }

  test('is recognised as its clients sign it', async () => {
    for (const service of ['dynamodb', 'iotdata'] as const) {
      assert.equal(await check(service, await capture(service)), 'authenticated', service)
    }
  })

  test('is refused in the words of its service when anything was changed', async () => {
    const words = {
      dynamodb: {
        changed: 'InvalidSignatureException 400',
        unknown: 'UnrecognizedClientException 400',
        unsigned: 'MissingAuthenticationTokenException 400',
        expired: 'ExpiredTokenException 400',
      },
      iotdata: {
        changed: 'InvalidSignatureException 403',
        unknown: 'UnrecognizedClientException 403',
        unsigned: 'MissingAuthenticationTokenException 403',
        expired: 'ExpiredTokenException 403',
      },
    }
    for (const service of ['dynamodb', 'iotdata'] as const) {
      const { changed, unknown, unsigned, expired } = words[service]
      const good = await capture(service)
      const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
      const { authorization, ...anonymous } = good.headers
      const cases: [string, Received, string][] = [
        ['the body', { ...good, body: Buffer.from('{"other":1}') }, changed],
        ['the path', { ...good, url: `${good.url}x` }, changed],
        ['the method', { ...good, method: 'PUT' }, changed],
        ['a signed header', { ...good, headers: { ...good.headers, host: 'elsewhere' } }, changed],
        ['a claimed hash', { ...good, headers: { ...good.headers, 'x-amz-content-sha256': hash } }, changed],
        [
          'the signature',
          {
            ...good,
            headers: {
              ...good.headers,
              authorization: `${authorization?.slice(0, -1)}${authorization?.endsWith('0') ? 1 : 0}`,
            },
          },
          changed,
        ],
        ['no signature', { ...good, headers: anonymous }, unsigned],
        ['the secret', await capture(service, { secretAccessKey: 'wrong' }), changed],
        ['the token', await capture(service, { sessionToken: 'nonsense' }), unknown],
      ]
      for (const [what, request, expected] of cases)
        assert.equal(await check(service, request), expected, `${service}: ${what}`)
      assert.equal(await check('sts', good), 'SignatureDoesNotMatch 403', 'signed for another service')
      clock.ahead = 16 * 60 * 1000
      assert.equal(await check(service, good), changed, 'an old request')
      clock.ahead = 0
      const short = await principals.issue(roleArn, { sessionName: 's', durationSeconds: 60 })
      const soonExpired = await capture(service, short.credentials)
      clock.ahead = 61_000
      assert.equal(await check(service, soonExpired), expired, 'after the end of the session')
      clock.ahead = 0
    }
  })

  test('is then allowed what its role allows, and told why not', async () => {
    const identity = await authenticate(principals, { service: 'dynamodb', ...(await capture('dynamodb')) })
    assert.ok(identity.outcome === 'authenticated')
    const attempt = (action: string, resource: string) => authorize(identity.session, { action, resource })
    assert.deepEqual(attempt('dynamodb:UpdateItem', table), { outcome: 'allowed' })
    assert.deepEqual(attempt('dynamodb:Query', `${table}/index/byState`), {
      outcome: 'denied',
      message: `User: arn:aws:sts::111122223333:assumed-role/function/start-log-upload is not authorized to perform: dynamodb:Query on resource: ${table}/index/byState because no identity-based policy allows the dynamodb:Query action`,
    })
  })
})
